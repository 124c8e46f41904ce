"""Find what nothing knows any more, and take it back when somebody agrees."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from phlo_hooks.cli.openmetadata_prune import Pruned
from phlo_hooks.cli.openmetadata_server import AtWork
from phlo_hooks.subscribers.openmetadata.learning import Knowledge
from phlo_hooks.subscribers.openmetadata.pruning import find_stale, prune


def pruned(work: AtWork, agreed: Callable[[Sequence[str], str], bool]) -> Pruned:
    """
    Return what can go, and what went.

    Args:
        agreed: Is shown the lines and the server's address, and says whether to go on.
    """
    catalog, keep = work.context.catalog(), work.context.keep
    stale = find_stale(work.client, keep, catalog, Knowledge(keep))
    lines = tuple(str(each) for each in stale)
    if not agreed(lines, work.client.url):
        return Pruned(stale=lines, notes=tuple(catalog.notes))
    with work.context.alone():
        # Found anew: while somebody thought about the answer, a run may have spoken of it again.
        found = find_stale(work.client, keep, work.context.catalog(), Knowledge(keep))
        gone = [each for each in found if each in stale]
        refused = tuple(str(each) for each in prune(work.client, keep, gone).refused)
    return Pruned(stale=lines, removed=len(gone) - len(refused), refused=refused, notes=tuple(catalog.notes))
