"""Names as the server takes and quotes them."""

from __future__ import annotations

from tests.openmetadata_standin.errors import Refusal, bad

LONGEST = 256


def quoted(name: str) -> str:
    """Return one part of a full name; one with a dot stands in quotes."""
    return f'"{name}"' if "." in name else name


def under(parent: str, name: str) -> str:
    """Return the full name of something in ``parent``."""
    return f"{parent}.{quoted(name)}" if parent else quoted(name)


def split(fqn: str) -> list[str]:
    """Return the parts of a full name, without quotes."""
    parts, part, inside = [], "", False
    for letter in fqn:
        if letter == '"':
            inside = not inside
        elif letter == "." and not inside:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part]


def checked(name: object, *, kind: str) -> str:
    """
    Return the name that is meant.

    Raises:
        Refusal: The server takes no such name.
    """
    if name is None:
        raise bad("[name must not be null]")
    if not isinstance(name, str):
        raise bad("Cannot deserialize value of type `java.lang.String`")
    if not 1 <= len(name) <= LONGEST and kind != "testCase":
        raise bad(f"[name size must be between 1 and {LONGEST}]")
    if "::" in name or "\n" in name:
        raise bad('[name must match "^((?!::).)*$"]')
    if len(name) > len('""') and name[0] == name[-1] == '"':
        name = name[1:-1]
    if '"' in name:
        message = f"Invalid name {name}"
        raise Refusal(500, {"code": 500, "message": message}) if kind == "metric" else bad(message)
    return name
