"""Answers that are no success, in the server's three shapes."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):  # noqa: N818  # it is an answer, not something that went wrong here
    """What the server answers instead; ``body`` is JSON, or text where the server sends plain text."""

    def __init__(self, status: int, body: dict[str, Any] | str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


def refusal(status: int, message: str) -> Refusal:
    """Return the usual shape: ``code`` and ``message``."""
    return Refusal(status, {"code": status, "message": message})


def bad(message: str) -> Refusal:
    """Return a 400."""
    return refusal(400, message)


def missing(kind: str, which: str) -> Refusal:
    """Return a 404 for an entity."""
    return refusal(404, f"{kind} instance for {which} not found")


def conflict() -> Refusal:
    """Return a 409."""
    return refusal(409, "Entity already exists")


def unhandled(text: str) -> Refusal:
    """Return the second shape: a 500 whose true code stands in brackets."""
    message = f"An exception with message [{text}] was thrown while processing request."
    return Refusal(500, {"responseMessage": message, "errorType": "UNHANDLED_SERVER_EXCEPTION"})


def unrecognised(field: str, what: str, known: int) -> Refusal:
    """Return the 400 for a field that the request's class does not have."""
    return bad(
        f'Unrecognized field "{field}" (class org.openmetadata.schema.{what}), not marked as ignorable '
        f"({known} known properties) at [Source: (String); line: 1] (through reference chain: {what})"
    )


def no_such_value(what: str, value: object) -> Refusal:
    """Return the 400 for a value that an enumeration does not have."""
    return bad(f"Cannot construct instance of `org.openmetadata.schema.{what}`, problem: {value}")


def must_not_be_null(*fields: str) -> Refusal:
    """Return the 400 for a required field that is absent."""
    return bad("[" + ", ".join(f"{field} must not be null" for field in fields) + "]")
