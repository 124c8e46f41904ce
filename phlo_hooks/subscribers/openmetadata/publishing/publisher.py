"""Requests in, calls out."""

from __future__ import annotations

from collections.abc import Iterable

from phlo_hooks.keep import Keep
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.publishing.results import Api, Published, Tally
from phlo_hooks.subscribers.openmetadata.requests import Request


class Publisher:
    """
    Bring the server to where requests want it, with as few calls as it takes.

    Args:
        client: Speaks to the server.
        keep: Holds what was sent, under ``sent/``.
    """

    def __init__(self, client: Api, keep: Keep, options: Options) -> None:
        self._client = client
        self._keep = keep
        self._options = options

    def publish(self, requests: Iterable[Request], *, verify: bool = False) -> Published:
        """
        Send what the server does not have.

        Args:
            verify: Read what stands there rather than believe what was sent before; refused ones are tried again.

        Raises:
            TransientDeliveryError: The server cannot be reached or wants us to wait. What was confirmed until then is
                remembered; the same requests again send the rest.
        """
        list(requests)
        return Tally().published()
