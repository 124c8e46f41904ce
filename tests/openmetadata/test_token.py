"""The bot's token: where it is found, and when it ends."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from phlo_hooks.exceptions import TransientDeliveryError
from phlo_hooks.subscribers.openmetadata.client.rights import not_known
from phlo_hooks.subscribers.openmetadata.client.token import Token, ends_at
from phlo_hooks.subscribers.openmetadata.options import Options


def made_up(payload: Any) -> str:
    """Return three parts like a JWT's, made here, signed by nobody."""
    part = base64.urlsafe_b64encode(json.dumps(payload).encode()).decode().rstrip("=")
    return f"head.{part}.nobody"


@pytest.mark.parametrize("given", ["abc.def.ghi", "Bearer abc.def.ghi", "  bearer   abc.def.ghi \n"])
def test_the_scheme_and_blanks_around_a_token_do_no_harm(given: str) -> None:
    """A token pasted with ``Bearer`` or a line's end is the same token."""
    assert Token(Options(), {"OPENMETADATA_JWT": given}).value() == "abc.def.ghi"


def test_the_environment_comes_first(tmp_path: Path) -> None:
    """OPENMETADATA_JWT, then the setting, then the file."""
    file = tmp_path / "jwt"
    file.write_text("from-the-file")
    options = Options(jwt="from-the-setting", jwt_file=str(file))

    assert Token(options, {"OPENMETADATA_JWT": "from-the-variable"}).value() == "from-the-variable"
    assert Token(options, {"OPENMETADATA_JWT": " "}).value() == "from-the-setting"
    assert Token(Options(jwt_file=str(file)), {}).value() == "from-the-file"
    assert Token(Options(), {}).value() == ""


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A missing file is one line with its name and what to do, and transient."""
    token = Token(Options(jwt_file=str(tmp_path / "none")), {})

    with pytest.raises(TransientDeliveryError, match=r"none: No such file.*OPENMETADATA_JWT"):
        token.value()


@pytest.mark.parametrize("given", ["two words", "a\tb", "töken", "a\nb"])
def test_what_cannot_be_a_token_is_told_without_showing_it(given: str) -> None:
    """Letters that no header may hold never reach a request, nor a message."""
    with pytest.raises(TransientDeliveryError, match="OPENMETADATA_JWT holds no token") as caught:
        Token(Options(), {"OPENMETADATA_JWT": given}).value()

    assert given not in str(caught.value)


def test_the_end_of_a_token_is_read_from_it() -> None:
    """``exp`` is seconds since the epoch; the signature does not matter."""
    end = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)

    assert ends_at(made_up({"exp": end.timestamp()})) == end


@pytest.mark.parametrize(
    "token",
    ["", "no-jwt", "a.b.c", "a.%%%.c", made_up([1]), made_up({}), made_up({"exp": "soon"}), made_up({"exp": 1e300})],
)
def test_a_token_that_says_no_end_has_none(token: str) -> None:
    """What cannot be read as a JWT, or names no end, is no error."""
    assert ends_at(token) is None


def test_a_token_that_ended_is_told_with_its_time() -> None:
    """401 with an expired token names when it expired and where it came from."""
    token = Token(Options(), {"OPENMETADATA_JWT": made_up({"exp": 1_794_000_000})})
    token.value()

    text = str(not_known("Expired token!", "http://om", token, 1_795_000_000.0))

    ended = datetime.fromtimestamp(1_794_000_000, UTC)
    assert f"the token from OPENMETADATA_JWT (it expired on {ended:%Y-%m-%d at %H:%M} UTC)" in text


def test_without_a_token_the_line_says_where_to_get_one() -> None:
    """401 without a token says that there is none."""
    text = str(not_known("Token not present", "http://om", Token(Options(), {}), 0.0))

    assert "wants a token and there is none; take a token of a bot" in text


def test_settings_do_not_show_the_token() -> None:
    """Neither the options' repr nor the token's holds it."""
    options = Options(jwt="made-up-secret-of-tests")
    token = Token(options, {})
    token.value()

    assert "made-up-secret" not in repr(options) + repr(token)
