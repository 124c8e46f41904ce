"""
OpenMetadata's own code, asked by tests; it runs in `.venv-openmetadata`, one process for all tests.

It reads lines and answers each with one: `{"model": "module:Class", "body": {...}}` with `{"refused": null}` or why;
`{"ingest": "a file", "environ": {...}}`, which is the command `metadata ingest -c`, with `{"exit": 0, "said": "..."}`.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from importlib import import_module
from typing import Any


class Judge:
    """Answers; models are imported when they are asked for, which takes some seconds the first time."""

    def __init__(self) -> None:
        self._models: dict[str, Any] = {}

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer one line."""
        if "ingest" in asked:
            return ingest(asked["ingest"], asked["environ"])
        return {"refused": self._verdict(asked["model"], asked["body"])}

    def _verdict(self, name: str, body: Any) -> str | None:
        from pydantic import TypeAdapter, ValidationError

        if name not in self._models:
            module, _, attribute = name.partition(":")
            self._models[name] = TypeAdapter(getattr(import_module(f"metadata.{module}"), attribute))
        try:
            self._models[name].validate_json(json.dumps(body))
        except ValidationError as error:
            return str(error)
        return None


class Said(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.lines.append(record.getMessage())


def ingest(config: str, environ: dict[str, str]) -> dict[str, Any]:
    """Run `metadata ingest -c config` as the command line does."""
    from metadata.cmd import metadata

    before, said = dict(os.environ), Said()
    loggers = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict) if name.startswith("metadata")]
    os.environ.update(environ)
    for logger in loggers:
        logger.addHandler(said)
    try:
        metadata(["ingest", "-c", config])
        code: Any = 0
    except SystemExit as end:
        code = end.code
    except Exception as error:  # noqa: BLE001  # the command would print it and end
        code = 1
        said.lines.append(str(error))
    finally:
        os.environ.clear()
        os.environ.update(before)
        for logger in loggers:
            logger.removeHandler(said)
    return {"exit": code or 0, "said": "\n".join(dict.fromkeys(said.lines))}


def main() -> None:
    """Answer until there is nothing left to read; what others print is no answer."""
    answers, sys.stdout = sys.stdout, sys.stderr
    judge = Judge()
    for line in sys.stdin:
        answers.write(json.dumps(judge.answer(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
