"""Run the command line as ``python -m phlo_hooks``."""

from phlo_hooks.cli.app import main

if __name__ == "__main__":
    main()
