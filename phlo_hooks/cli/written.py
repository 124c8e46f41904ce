"""Files that commands write: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

_KIB: Final = 1024


def write_whole(path: Path, text: str) -> int:
    """
    Write a file beside its place and move it there; return its size in bytes.

    Whoever reads the path finds the former file or the new one, never half of it.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = path.absolute()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(_mode(path))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return len(data)


def size_of(size: int) -> str:
    """
    Return a size that a person takes in at a glance.

    >>> size_of(800), size_of(2_400_000)
    ('800 bytes', '2.3 MiB')
    """
    if size < _KIB:
        return f"{size} bytes"
    return f"{size / _KIB:.0f} KiB" if size < _KIB * _KIB else f"{size / _KIB / _KIB:.1f} MiB"


def _mode(path: Path) -> int:
    """Return the rights of the file that is replaced, else those that a new file gets."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
