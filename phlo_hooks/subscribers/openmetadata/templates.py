"""Templates for names: what they may hold is checked when the settings are read, not in the middle of a run."""

from __future__ import annotations

from collections.abc import Collection
from string import Formatter


def check_template(template: str, words: Collection[str]) -> str:
    """
    Return the template.

    Raises:
        ValueError: It is empty, no template, or has a placeholder that is none of ``words``.
    """
    offered = ", ".join(f"{{{word}}}" for word in sorted(words))
    if not template.strip():
        raise ValueError("it is empty; leave it out, or write a name")
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"{template!r} is no template ({error}); write {{{{ and }}}} for plain braces") from None
    for _, field, how, conversion in parsed:
        if field is None:
            continue
        if field not in words:
            raise ValueError(f"{template!r} holds {{{field}}}; it may hold {offered}")
        if how or conversion:
            raise ValueError(f"{template!r}: write {{{field}}} without anything behind it")
    return template
