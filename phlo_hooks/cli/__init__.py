"""The command ``phlo-hooks``; each command group is a module that parses, calls and prints."""

from phlo_hooks.cli.app import main

__all__ = ["main"]
