"""
An OpenMetadata server for tests and benchmarks: in memory, as strict as the real one.

``with running(mode="1.6") as server:`` listens on ``server.url`` and takes ``server.jwt``; ``server.faults`` lets
things go wrong, ``server.journal`` has every call and whether it changed anything, ``server.dump()`` is all that it
holds. By hand: ``python -m tests.openmetadata_standin --mode 2.0 --port 8585``.
"""

from tests.openmetadata_standin.faults import Fault, Faults
from tests.openmetadata_standin.journal import Asked, Journal
from tests.openmetadata_standin.server import Mode, StandIn, running

__all__ = ["Asked", "Fault", "Faults", "Journal", "Mode", "StandIn", "running"]
