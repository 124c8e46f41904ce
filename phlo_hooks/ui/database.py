"""The state database as it is now: not there yet, replaced by another, or out of reach for a while."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from phlo_hooks.outbox.store import Outbox

_ABSENT: Final = ""


class StateFollower:
    """
    Opens the state database when it appears, and again when its file has become another one.

    It never creates the file: whoever records events does. Safe to share between threads.

    Attributes:
        label: Where the database is, without a password.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._url = url
        self._path = Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
        self._lock = threading.Lock()
        self._identity = _ABSENT
        self._outbox: Outbox | None = None
        self.label = str(self._path) if self._path else parsed.render_as_string(hide_password=True)

    @property
    def identity(self) -> str:
        """Which database was opened last; another one has another name."""
        return self._identity

    def outbox(self) -> Outbox | None:
        """
        Return the outbox; ``None`` while there is no database.

        Raises:
            OutboxError: It is there and cannot be opened.
        """
        with self._lock:
            identity = self._look()
            if identity != self._identity:
                # A thread may still read from the one before; its connections end with its last user.
                self._outbox, self._identity = None, _ABSENT
            if self._outbox is None and identity != _ABSENT:
                self._outbox = Outbox.open(self._url)
                self._identity = identity
            return self._outbox

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            if self._outbox is not None:
                self._outbox.close()
            self._outbox, self._identity = None, _ABSENT

    def _look(self) -> str:
        if self._path is None:
            return self.label
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return _ABSENT
        return f"{found.st_dev}:{found.st_ino}" if found.st_size else _ABSENT
