"""What a failed call means: try again, or never again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from phlo_hooks.exceptions import PermanentDeliveryError, TransientDeliveryError
from phlo_hooks.runner import describe

TRANSIENT: Final = "transient"
PERMANENT: Final = "permanent"
ERROR: Final = "error"
CRASH: Final = "crash"

_NETWORK: Final = frozenset(
    {
        ("aiohttp", "ClientConnectionError"),
        ("aiohttp", "ServerTimeoutError"),
        ("httpcore", "NetworkError"),
        ("httpcore", "TimeoutException"),
        ("httpx", "NetworkError"),
        ("httpx", "RemoteProtocolError"),
        ("httpx", "TimeoutException"),
        ("requests", "ConnectionError"),
        ("requests", "Timeout"),
        ("urllib3", "MaxRetryError"),
        ("urllib3", "NewConnectionError"),
        ("urllib3", "ProtocolError"),
        ("urllib3", "TimeoutError"),
    }
)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """
    A call that did not succeed.

    Attributes:
        kind: ``transient``, ``permanent`` or ``error``.
        text: ``Type: message``, redacted.
        retry_after: Seconds that the other side asked us to wait.
        outage: The other side cannot be used at all.
    """

    kind: str
    error: BaseException
    text: str
    retry_after: float | None = None
    outage: bool = False

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """Tell what an error means, without importing the library it comes from."""
        told = error if isinstance(error, TransientDeliveryError) else None
        return cls(
            kind=_kind(error),
            error=error,
            text=describe(error),
            retry_after=told.retry_after if told else None,
            outage=told is not None and told.outage,
        )


def _kind(error: BaseException) -> str:
    if isinstance(error, PermanentDeliveryError):
        return PERMANENT
    if isinstance(error, (TransientDeliveryError, ConnectionError, TimeoutError)):
        return TRANSIENT
    names = {(cls.__module__.partition(".")[0], cls.__name__) for cls in type(error).__mro__}
    return TRANSIENT if names & _NETWORK else ERROR
