"""Find the SQL that dbt compiled for a node."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from phlo_hooks.dbt_artifacts.artifacts import Node, RunResults


class CompiledSql:
    """
    Looks in the manifest, in the results of the last run, and in the folder of compiled files.

    In that order: a manifest that has the SQL has it as of the same moment as everything else it says; the folder may
    hold files of an older version.
    """

    def __init__(self, folder: Path, results: RunResults | None) -> None:
        self._folder = folder / "compiled"
        self._results = {result.unique_id: result.compiled_code for result in (results.results if results else ())}
        self._places: tuple[tuple[str, Callable[[Node], str | None]], ...] = (
            ("manifest", lambda node: node.compiled_code),
            ("run_results", lambda node: self._results.get(node.unique_id)),
            ("compiled", self._file),
        )

    def find(self, node: Node) -> tuple[str | None, str]:
        """Return the SQL and where it was found; ``None`` and nothing when it is not known."""
        if node.resource_type in {"model", "snapshot"} and (node.language or "sql") == "sql":
            for word, look in self._places:
                sql = look(node)
                if sql and sql.strip():
                    return sql, word
        return None, ""

    def _file(self, node: Node) -> str | None:
        """Return the compiled file: dbt repeats the path of the source file, and adds the name when that differs."""
        written = PurePosixPath(node.original_file_path.replace("\\", "/"))
        inside = PurePosixPath(node.path.replace("\\", "/"))
        place = PurePosixPath(node.package_name, written if written.name == inside.name else written / inside)
        if ".." in place.parts or place.is_absolute() or place.suffix != ".sql":
            return None
        try:
            return (self._folder / place).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None
