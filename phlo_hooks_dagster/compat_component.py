"""
What Dagster does not document about components: where the others are, and which line of YAML an attribute stands in.

``tests/dagster/test_compat_component.py`` asks each function whether Dagster still behaves as it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dagster import ComponentLoadContext, Definitions


def other_definitions(context: ComponentLoadContext, kind: type) -> Definitions:
    """Return what all components of the project make, but those of one kind; each is built once, by Dagster."""
    root = context.component_tree.find_root_decl()
    return Definitions.merge(*(context.build_defs(decl.loc) for decl in _without(root, kind)))


def places_of(context: ComponentLoadContext, kind: type) -> list[str]:
    """Return where in the project components of one kind stand, by the names that Dagster shows."""
    root = context.component_tree.find_root_decl()
    found = [decl for decl in root.iterate_all_component_decls() if _is(decl, kind)]
    return [decl.loc.get_display_key(context.defs_module_path) for decl in found]


def in_source(context: ComponentLoadContext, path: Sequence[str | int], message: str) -> str:
    """Return a message with the file, the line and the YAML of an attribute, when the component came from YAML."""
    tree = context.resolution_context.source_position_tree
    if tree is None:
        return message
    error = tree.source_error(yaml_path=list(path), inline_error_message=message, value_error=True)
    return f"{error.file_name}:{error.start_line_no} - {error.location} {message}\n{error.snippet}"


def _without(decl: Any, kind: type) -> Iterator[Any]:
    """Yield the topmost declarations that hold no component of a kind."""
    if not any(_is(each, kind) for each in decl.iterate_all_component_decls()):
        yield decl
        return
    for child in decl.iterate_child_component_decls():
        yield from _without(child, kind)


def _is(decl: Any, kind: type) -> bool:
    found = decl.component_type
    return isinstance(found, type) and issubclass(found, kind)
