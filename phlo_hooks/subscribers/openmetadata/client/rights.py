"""What is wrong with a token, or with its rights, in one line that says what to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client.token import Token, ends_at
from phlo_hooks.subscribers.openmetadata.options import TOKEN_VARIABLE

_OPERATIONS: Final = re.compile(r"operations \[([\w, ]+)\]")
_PRINCIPAL: Final = re.compile(r"name='([^']*)'")
NEW_TOKEN: Final = f"take a token of a bot (Settings > Bots) and put it into {TOKEN_VARIABLE} or jwt_file"


def not_known(message: str, url: str, token: Token, now: float) -> TransientDeliveryError:
    """Return the error for a 401: no token, one that ended, or one that the server does not accept."""
    if not token.value():
        return TransientDeliveryError(
            f"OpenMetadata at {url} wants a token and there is none; {NEW_TOKEN}", outage=True
        )
    end = ends_at(token.value())
    if end is not None and end <= datetime.fromtimestamp(now, UTC):
        why = f"it expired on {end:%Y-%m-%d at %H:%M} UTC"
    else:
        why = f'the server says "{message}"'
    # No colon behind the origin: what follows `…/token:` would be taken for the token itself, and be redacted.
    return TransientDeliveryError(
        f"OpenMetadata at {url} does not accept the token from {token.origin} ({why}); {NEW_TOKEN}", outage=True
    )


def not_allowed(message: str, method: str, address: str) -> TransientDeliveryError:
    """Return the error for a 403: who may not do what."""
    operations, principal = _OPERATIONS.search(message), _PRINCIPAL.search(message)
    who = f"the user {principal[1]!r} of the token" if principal else "the token's user"
    if operations:
        way_out = f"give one of its roles a policy that allows {operations[1]}"
    else:
        way_out = "give it a role that allows this"
    return TransientDeliveryError(f'{method} {address} is not allowed: "{message}"; {who} lacks rights, {way_out}')
