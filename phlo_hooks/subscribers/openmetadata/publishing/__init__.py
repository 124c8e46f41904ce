"""
Requests compared with what was sent and with what stands there, then sent: as little as possible, nobody else's lost.

``ledger`` remembers what was sent, the pure ``merging``, ``parts`` and ``edge_merging`` say what to send, the others
send it: ``batches``, ``entities``, ``governance``, ``models``, ``edges``, ``cases``, ``outcomes``, ``incidents``,
``profiles``, ``statuses``, in the order of ``publisher``.
"""

from phlo_hooks.subscribers.openmetadata.publishing.ledger import Ledger
from phlo_hooks.subscribers.openmetadata.publishing.publisher import Publisher
from phlo_hooks.subscribers.openmetadata.publishing.results import Api, Published, Refusal

__all__ = ["Api", "Ledger", "Published", "Publisher", "Refusal"]
