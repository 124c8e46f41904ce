"""
Says of bodies whether OpenMetadata's own models take them; runs in `.venv-openmetadata`, one process for all tests.

It reads lines `{"model": "module:Class", "body": {...}}` and answers each with `{"refused": null}` or why.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any


def model(name: str) -> Any:
    """Return the class that is named."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(f"metadata.{module}"), attribute)


def main() -> None:
    """Answer until there is nothing left to read."""
    from pydantic import TypeAdapter, ValidationError

    answers, sys.stdout = sys.stdout, sys.stderr
    models: dict[str, Any] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        name = asked["model"]
        if name not in models:
            models[name] = TypeAdapter(model(name))
        refused = None
        try:
            models[name].validate_json(json.dumps(asked["body"]))
        except ValidationError as error:
            refused = str(error)
        answers.write(json.dumps({"refused": refused}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
