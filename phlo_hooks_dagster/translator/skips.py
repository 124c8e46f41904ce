"""Why dbt skipped a node: it names none in its results, and the node above that failed is among them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from phlo_hooks_dagster.translator.context import RunContext
from phlo_hooks_dagster.translator.dbt import Node, unique_id_of

SKIPPED = "skipped"


def explained(context: RunContext, key: str, node: Node, nodes: Mapping[str, Node], *, test: bool = False) -> Node:
    """
    Return a skipped node with a message that names the one to blame; any other, or one that has a message, as it is.

    Args:
        key: The asset that the node makes or, as a test, judges.
        nodes: Those of the invocation that did not go well.
    """
    if node.status != SKIPPED or node.message:
        return node
    blamed = _blamed(context, [key] if test else _above(context, key), nodes, judged=not test)
    return replace(node, message=f"skipped: {blamed.unique_id} ended with {blamed.status}") if blamed else node


def _blamed(context: RunContext, keys: Iterable[str], nodes: Mapping[str, Node], *, judged: bool) -> Node | None:
    """Return the nearest node that failed, going up; of the first assets their tests only where these were judged."""
    waiting, seen = deque((key, judged) for key in keys), set[str]()
    while waiting:
        key, with_tests = waiting.popleft()
        if key in seen:
            continue
        seen.add(key)
        names = [unique_id_of(context, key) or "", *(_tests(context, key) if with_tests else ())]
        found = [
            nodes[name] for name in names if name in nodes and (nodes[name].failed or nodes[name].status == "fail")
        ]
        if found:
            return found[0]
        waiting.extend((above, True) for above in _above(context, key))
    return None


def _above(context: RunContext, key: str) -> list[str]:
    asset = context.asset(key)
    return sorted(asset.deps) if asset is not None else []


def _tests(context: RunContext, key: str) -> list[str]:
    checks = context.snapshot.checks if context.snapshot is not None else ()
    return sorted(check.unique_id for check in checks if check.asset_key == key and check.unique_id)
