"""Plugins that ship with the library; none imports another."""
