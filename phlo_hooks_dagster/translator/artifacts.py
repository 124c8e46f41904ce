"""dbt's artifacts on this host: the only I/O that a translation may do, and it is injected."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from phlo_hooks.redaction import redact_text
from phlo_hooks_dagster.compiled import RESULTS, compiled_in, compiled_names, read_json, sql_in, stamp, target_folders
from phlo_hooks_dagster.snapshot import DbtProjectSnapshot
from phlo_hooks_dagster.translator.state import NodeRecord

CLOCK_SLACK: Final = 2.0
"""Seconds by which a file's time may lie outside of its step: the log's clock is another process's."""
SQL_LIMIT: Final = 4 * 1024 * 1024
MESSAGE_LIMIT: Final = 2 * 1024
CUT: Final = " …"
"""Ends a message that was longer."""


class DbtArtifacts(Protocol):
    """What a translation may ask of dbt's artifacts."""

    def nodes(
        self, *, run_id: str, step_key: str, started: float, ended: float, invocations: frozenset[str]
    ) -> Sequence[NodeRecord] | None:
        """Return the node results of the step attempt's invocations, ``None`` when they cannot be read here."""

    def compiled_sql(self, *, run_id: str, step_key: str, started: float, unique_id: str) -> str | None:
        """Return the SQL that dbt compiled for the node in this attempt, ``None`` when it is not on this host."""

    def executed_sql(self, *, run_id: str, step_key: str, started: float, unique_id: str) -> str | None:
        """Return the SQL that the results of this attempt hold for the node; dbt writes them when it ends."""

    def manifest_sql(self, unique_id: str) -> str | None:
        """Return the node's compiled SQL from the project's own target folder, if the manifest there still holds."""


class DbtTargetFolders:
    """
    Reads what dagster-dbt leaves in ``<target>/<op>-<first 7 of the run id>-<7 random>/`` of each invocation.

    dagster-dbt puts these folders below ``target`` in the project, whatever target the project itself has.

    A folder counts as the attempt's when its name fits and the invocation began within the attempt; when the log
    names invocation ids, a folder of another one is left out.
    """

    def __init__(self, projects: Sequence[DbtProjectSnapshot]) -> None:
        self._projects = tuple(projects)
        self._listings: dict[Path, dict[str, list[Path]]] = {}
        self._results: tuple[tuple[Path, int, int], dict[str, str]] | None = None
        self._targets = target_folders(projects)

    def nodes(
        self, *, run_id: str, step_key: str, started: float, ended: float, invocations: frozenset[str]
    ) -> Sequence[NodeRecord] | None:
        """Return the node results of the step attempt's invocations, ``None`` when there is no readable one."""
        found: dict[str, NodeRecord] = {}
        readable = False
        for folder in self.folders(run_id, step_key, started, ended):
            results = read_json(folder / RESULTS)
            if results is None or not _belongs(results, started, ended, invocations):
                continue
            readable = True
            found.update((node.unique_id, node) for node in _nodes(results))
        return list(found.values()) if readable else None

    def compiled_sql(self, *, run_id: str, step_key: str, started: float, unique_id: str) -> str | None:
        """Return the newest compiled SQL of the node in the attempt's folders."""
        if not unique_id.startswith(("model.", "snapshot.", "test.")):
            return None
        package, names = compiled_names(unique_id)
        for folder in reversed(self.folders(run_id, step_key, started, None)):
            for each in names:
                files = self._compiled(folder / "compiled" / package, each)
                if len(files) == 1:
                    return _read(files[0])
        return None

    def executed_sql(self, *, run_id: str, step_key: str, started: float, unique_id: str) -> str | None:
        """Return the SQL in the newest results of the attempt that name the node."""
        for folder in reversed(self.folders(run_id, step_key, started, None)):
            sql = self._executed(folder / RESULTS).get(unique_id)
            if sql:
                return sql
        return None

    def manifest_sql(self, unique_id: str) -> str | None:
        """Return the node's compiled SQL from the project's own target folder, if the manifest there still holds."""
        for project in self._projects:
            sql = compiled_in(project, unique_id)
            if sql is not None:
                return sql
        return None

    def _executed(self, path: Path) -> dict[str, str]:
        """Return the SQL of each node in the results; those read last are kept, for the next node."""
        at = stamp(path)
        if at is None:
            return {}
        if self._results is None or self._results[0] != (path, *at):
            self._results = ((path, *at), sql_in(path))
        return self._results[1]

    def _compiled(self, package: Path, name: str) -> list[Path]:
        """Return the files of that name; dbt may still be writing, so what is not listed is looked for again."""
        listing = self._listings.get(package)
        if listing is None or name not in listing:
            listing = self._listings[package] = _sql_files(package)
        return listing.get(name, [])

    def folders(self, run_id: str, step_key: str, started: float, ended: float | None) -> list[Path]:
        """Return the attempt's folders, oldest first."""
        op = re.sub(r"\[[^\]]*\]", "", step_key).rpartition(".")[2]
        found: list[tuple[float, Path]] = []
        for target in self._targets:
            for folder in _listed(target, f"{_literal(op)}-{_literal(run_id[:7])}-*"):
                born = _born(folder)
                if (
                    born is not None
                    and born >= started - CLOCK_SLACK
                    and (ended is None or born <= ended + CLOCK_SLACK)
                ):
                    found.append((born, folder))
        return [folder for _, folder in sorted(found)]


def digest(sql: str) -> str:
    """Return the digest under which the same compiled SQL is known, white space around it left out."""
    return f"sha256:{hashlib.sha256(sql.strip().encode()).hexdigest()}"


def message_of(text: str) -> str:
    """Return what dbt said of a node without secrets, its end cut off and marked when it is long."""
    clean = redact_text(text).strip()
    return clean if len(clean) <= MESSAGE_LIMIT else f"{clean[:MESSAGE_LIMIT]}{CUT}"


def _sql_files(package: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for folder, _, names in os.walk(package):
        for name in names:
            found.setdefault(name, []).append(Path(folder, name))
    return found


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.stat().st_size <= SQL_LIMIT else None
    except (OSError, UnicodeDecodeError):
        return None


def _listed(target: Path, pattern: str) -> list[Path]:
    try:
        return [path for path in target.glob(pattern) if path.is_dir()]
    except OSError:
        return []


def _born(folder: Path) -> float | None:
    """Return when the invocation began: dbt's log file is the first that it writes and keeps its oldest line."""
    try:
        stamps = [path.stat().st_mtime for path in folder.iterdir()]
        return min(stamps, default=folder.stat().st_mtime)
    except OSError:
        return None


def _belongs(results: dict[str, Any], started: float, ended: float, invocations: frozenset[str]) -> bool:
    metadata = results.get("metadata") or {}
    if invocations and metadata.get("invocation_id") not in invocations:
        return False
    try:
        written = datetime.fromisoformat(str(metadata["generated_at"])).timestamp()
    except (KeyError, ValueError):
        return False
    return started - CLOCK_SLACK <= written <= ended + CLOCK_SLACK


def _nodes(results: dict[str, Any]) -> Iterator[NodeRecord]:
    invocation = (results.get("metadata") or {}).get("invocation_id")
    for result in results.get("results") or ():
        unique_id = result.get("unique_id")
        if not unique_id:
            continue
        sql = result.get("compiled_code")
        yield NodeRecord(
            unique_id=unique_id,
            status=str(result.get("status") or "").lower(),
            message=message_of(str(result.get("message") or "")),
            seconds=result.get("execution_time"),
            digest=digest(sql) if sql else None,
            invocation=invocation,
        )


def _literal(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)
