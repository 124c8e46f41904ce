"""What each version of the server takes; the only place that knows of differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Server:
    """
    Which server this is, and as whom we speak to it.

    Attributes:
        version: As it says itself, such as ``1.6.0-SNAPSHOT``.
        is_bot: Whether the token is a bot's; a person's PUT erases what it leaves out.
        user_id: Of the token's user.
    """

    version: str
    is_bot: bool = True
    user_id: str = ""
    user_name: str = ""

    @classmethod
    def of(cls, said: Mapping[str, Any], user: Mapping[str, Any]) -> Server:
        """Read the answers of ``GET /system/version`` and ``GET /users/loggedInUser``."""
        return cls(
            version=str(said.get("version", "")),
            is_bot=bool(user.get("isBot")),
            user_id=str(user.get("id", "")),
            user_name=str(user.get("name", "")),
        )
