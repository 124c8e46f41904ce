"""Read dbt's JSON files, or say what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from phlo_hooks.dbt_artifacts.artifacts import Catalog, Manifest, Metadata, RunResults
from phlo_hooks.exceptions import DbtArtifactError

LARGEST: Final = 512 * 1024 * 1024
"""Bytes; a file beyond is refused rather than read into memory."""
OLDEST: Final = {"manifest": 11, "run-results": 5, "catalog": 1}
"""Version of each file in dbt 1.7, the oldest that is read."""

_Artifact = TypeVar("_Artifact", Manifest, Catalog, RunResults)


class _Versioned(msgspec.Struct):
    metadata: Metadata


def read_manifest(folder: Path) -> Manifest:
    """
    Return ``manifest.json`` of a target folder.

    Raises:
        DbtArtifactError: There is none that can be read; the message says what to do.
    """
    found = _read(folder / "manifest.json", Manifest, "manifest")
    if found is None:
        hint = f"is {folder / 'target'} meant?" if (folder / "target" / "manifest.json").exists() else None
        raise DbtArtifactError(
            folder, f"there is no manifest.json in it; {hint or 'run `dbt compile` or `dbt build` first'}"
        )
    return found


def read_catalog(folder: Path) -> Catalog | None:
    """
    Return ``catalog.json`` of a target folder, ``None`` when there is none.

    Raises:
        DbtArtifactError: It cannot be read.
    """
    return _read(folder / "catalog.json", Catalog, "catalog")


def read_run_results(folder: Path) -> RunResults | None:
    """
    Return ``run_results.json`` of a target folder, ``None`` when there is none.

    Raises:
        DbtArtifactError: It cannot be read.
    """
    return _read(folder / "run_results.json", RunResults, "run-results")


def stamp(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file does, ``None`` when there is no such file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DbtArtifactError(path, f"it cannot be read: {error.strerror}") from error
    return found.st_mtime_ns, found.st_size


def _read(path: Path, kind: type[_Artifact], word: str) -> _Artifact | None:
    at = stamp(path)
    if at is None:
        return None
    if at[1] > LARGEST:
        raise DbtArtifactError(path, f"it is larger than {LARGEST // 1024**2} MiB")
    return _decode(path, kind, word)


def _decode(path: Path, kind: type[_Artifact], word: str) -> _Artifact:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DbtArtifactError(path, f"it cannot be read: {error.strerror}") from error
    _check_version(path, content, word)
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise DbtArtifactError(path, f"it is no {word} as dbt writes it: {error}") from error


def _check_version(path: Path, content: bytes, word: str) -> None:
    """Refuse what is no JSON, another artifact, or older than what is read."""
    try:
        schema = msgspec.json.decode(content, type=_Versioned).metadata.dbt_schema_version or ""
    except msgspec.ValidationError:
        schema = ""
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DbtArtifactError(
            path, f"it is not JSON ({_where(content) or error}); is dbt still writing it? Run dbt again"
        ) from error
    name, _, number = schema.removesuffix(".json").rpartition("/")
    found = name.rpartition("/")[2]
    if found != word:
        raise DbtArtifactError(path, f"it is no {word} of dbt" + (f" but a {found}" if found else ""))
    version = number.removeprefix("v")
    if version.isdecimal() and int(version) < OLDEST[word]:
        raise DbtArtifactError(
            path, f"it is a {word} of version {version}, which is older than dbt 1.7; run a newer dbt"
        )


def _where(content: bytes) -> str | None:
    """Say where JSON breaks off, in words for people."""
    if not content.strip():
        return "the file is empty"
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return f"line {error.lineno}: {error.msg}"
    except ValueError:
        return None
    return None
