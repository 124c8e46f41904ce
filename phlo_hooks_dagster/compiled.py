"""Compiled SQL in a dbt project's own target folder, while its manifest is the one that the assets were made of."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from phlo_hooks_dagster.snapshot import MADE_OF_SQL, DbtProjectSnapshot, Relation

Manifest = Mapping[str, Any]
RESULTS: Final = "run_results.json"
SIZE_LIMIT: Final = 256 * 1024 * 1024
_KEPT: Final = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class ProjectSql:
    """
    What the manifest in a target folder holds; another object each time that the file is written.

    Attributes:
        sql: What is compiled, by dbt's unique id.
    """

    digest: str
    sql: Mapping[str, str] = field(repr=False)


_read: OrderedDict[tuple[str, int, int], ProjectSql | None] = OrderedDict()


def compiled_in(project: DbtProjectSnapshot, unique_id: str) -> str | None:
    """Return a node's compiled SQL, ``None`` when the project's target folder holds none or is another version."""
    found = project_sql(Path(project.target_dir))
    return found.sql.get(unique_id) if found is not None and found.digest == project.manifest_digest else None


def whole_table(relation: Relation, sql: str) -> str | None:
    """
    Return the statement that makes the whole table: to a snapshot's query dbt adds columns.

    ``None`` when it is not known which.
    """
    if relation.resource_type != "snapshot":
        return sql
    if relation.snapshot is None:
        return None
    from phlo_hooks.dbt_artifacts.artifacts import Config  # noqa: PLC0415  # only where there are snapshots
    from phlo_hooks.dbt_artifacts.snapshots import snapshot_sql  # noqa: PLC0415

    try:
        return snapshot_sql(sql, msgspec.convert(relation.snapshot, Config))
    except msgspec.ValidationError:
        return None


def project_sql(target: Path) -> ProjectSql | None:
    """Return what ``manifest.json`` in the folder holds; ``None`` when there is none that can be read."""
    path = target / "manifest.json"
    try:
        about = path.stat()
    except OSError:
        return None
    key = (str(path), about.st_mtime_ns, about.st_size)
    if key not in _read:
        _read[key] = _load(path, target) if about.st_size <= SIZE_LIMIT else None
        while len(_read) > _KEPT:
            _read.popitem(last=False)
    return _read[key]


def sql_in(results: Path) -> dict[str, str]:
    """Return the compiled SQL that dbt's results hold, by unique id; none when they cannot be read."""
    loaded = read_json(results) or {}
    found = ((result.get("unique_id"), result.get("compiled_code")) for result in loaded.get("results") or ())
    return {unique_id: sql for unique_id, sql in found if unique_id and sql}


def stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is written anew; ``None`` when there is none."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size


def read_json(path: Path) -> dict[str, Any] | None:
    """Return what one of dbt's files holds; ``None`` when it is missing, too large or no JSON object."""
    try:
        if path.stat().st_size > SIZE_LIMIT:
            return None
        loaded = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    return loaded if isinstance(loaded, dict) else None


def target_folders(projects: Sequence[DbtProjectSnapshot]) -> tuple[Path, ...]:
    """Return where dagster-dbt may leave the folders of steps: the project's target, and ``target`` in any case."""
    folders = [Path(each.project_dir, name) for each in projects for name in (each.target_dir, "target")]
    return tuple(dict.fromkeys(folders))


def compiled_names(unique_id: str) -> tuple[str, tuple[str, ...]]:
    """Return a node's package, and what the file of its compiled SQL may be called, the likelier name first."""
    kind, _, rest = unique_id.partition(".")
    package, _, name = rest.partition(".")
    plain, _, version = name.partition(".")
    if not version or kind == "test":
        return package, (f"{name}.sql",)
    return package, (f"{plain}_{version}.sql", f"{plain}.sql")


def manifest_digest(manifest: Manifest) -> str:
    """Return a digest of what the manifest says about tables and tests; parsing it anew does not change it."""
    parts = [
        (
            unique_id,
            (node.get("checksum") or {}).get("checksum"),
            node.get("relation_name"),
            sorted((node.get("depends_on") or {}).get("nodes", [])),
        )
        for section in ("nodes", "sources")
        for unique_id, node in manifest.get(section, {}).items()
    ]
    text = json.dumps(sorted(parts, key=lambda part: part[0]), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _load(path: Path, target: Path) -> ProjectSql | None:
    try:
        manifest = msgspec.json.decode(path.read_bytes())
        nodes = manifest["nodes"]
        sql = {unique_id: found for unique_id, node in nodes.items() if (found := _compiled(node, target)) is not None}
        return ProjectSql(digest=manifest_digest(manifest), sql=sql)
    except (OSError, msgspec.DecodeError, KeyError, TypeError, AttributeError):
        return None


def _compiled(node: Mapping[str, Any], target: Path) -> str | None:
    """Return what dbt compiled: in the manifest, else beside it in ``compiled/``."""
    if node.get("language") == "python":
        return None
    if node.get("compiled_code"):
        return str(node["compiled_code"])
    if node.get("resource_type") not in MADE_OF_SQL:
        return None
    path = target / "compiled" / str(node.get("package_name")) / str(node.get("original_file_path"))
    if node.get("resource_type") == "snapshot":
        path = path / f"{node.get('name')}.sql"
    try:
        return path.read_text(encoding="utf-8") or None
    except (OSError, UnicodeDecodeError):
        return None
