from __future__ import annotations

import json
from collections import namedtuple
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks.codec import encode_event
from phlo_hooks.datasets import DatasetRef
from phlo_hooks.events import ErrorInfo, HookEvent
from phlo_hooks.redaction import REDACTED, is_secret_name, redact, redact_event, redact_sql, redact_text
from phlo_hooks.testing import make_event
from tests.core.strategies import JSON, TEXT, events, secrets

NAMES = st.sampled_from(
    ["password", "PGPASSWORD", "db_password", "clientSecret", "api_key", "API-KEY", "aws.secret_access_key", "token",
     "accessToken", "x-auth-token", "privateKey", "connection_string", "Authorization", "passphrase", "SAS", "pwd"]
)  # fmt: skip
TEMPLATES = st.sampled_from(
    ["{name}={secret}", "{name}: {secret}", '{{"{name}": "{secret}"}}', "{{'{name}': '{secret}', 'a': 1}}",
     "failed: ValueError: {name}={secret} at line 3", "--{name} {secret}", "--{name}={secret}", "{name} = '{secret}'",
     "https://host/path?x=1&{name}={secret}&y=2", "a;{name}={secret};b", '{{\\"{name}\\": \\"{secret}\\"}}',
     "{name}: Bearer {secret}", "{name} => {secret}", "could not connect: {name}={secret}, retrying"]
)  # fmt: skip
URLS = st.sampled_from(
    ["postgresql://user:{secret}@host:5432/db", "https://{secret}@github.com/x", "redis://:{secret}@host",
     "see postgres://u:pre@{secret}@host/db now", "amqp://u:a/{secret}@host/vhost", "user:{secret}@host",
     "mysql+pymysql://u:{secret}@[::1]/db", "snowflake://u:{secret}@acc/db?role=x@y"]
)  # fmt: skip
PLAIN = [
    "raw/orders", "2026-01-01T00:00:00Z", "http://localhost:3000/runs/abc", "duckdb://warehouse",
    "run 5f1c2e at 10:30:15",
    "model.shop.stg_orders", "mail to joe@example.com", "SELECT a FROM b WHERE c = 'd'", "asset_key: raw/orders",
    "primary_key=id", "http://host:8080/users/joe@example.com", "sha256:" + "a" * 64, "token_count=300", "x", "",
    "keys = ['a', 'b']", "partition 2026-01|eu", "author: joe",
]  # fmt: skip


@settings(max_examples=200)
@given(NAMES, TEMPLATES, secrets())
def test_a_named_secret_never_survives_in_text(name: str, template: str, secret: str) -> None:
    """Whatever way a secret is written beside its name, it is gone."""
    assert secret not in redact_text(template.format(name=name, secret=secret))


@settings(max_examples=100)
@given(URLS, secrets())
def test_credentials_in_urls_never_survive(template: str, secret: str) -> None:
    """Users and passwords in URLs are gone, also those with characters that should have been escaped."""
    clean = redact_text(template.format(secret=secret))

    assert secret not in clean
    assert any(part in clean for part in ("host", "github.com", "acc", "[::1]"))


@settings(max_examples=100)
@given(NAMES, secrets(), JSON, st.sampled_from(["value", "list", "dict", "json", "tuple"]))
def test_a_named_secret_never_survives_in_data(name: str, secret: str, other: Any, form: str) -> None:
    """A secret below a secret name is gone, however deep and in whatever container."""
    inner: Any = {
        "value": secret,
        "list": [secret],
        "dict": {"current": secret},
        "json": json.dumps({name: secret}),
        "tuple": (1, secret),
    }[form]

    assert secret not in repr(redact({"outer": [{name: inner}, other]}))


@settings(max_examples=100)
@given(JSON | TEXT | st.builds(str.format, TEMPLATES, name=NAMES, secret=secrets()) | URLS)
def test_redacting_twice_is_redacting_once(value: Any) -> None:
    """What has been redacted stays as it is."""
    once = redact(value)

    assert redact(once) == once


@settings(max_examples=40)
@given(events())
def test_redacted_events_stay_as_they_are(event: HookEvent) -> None:
    """Redacting an event is idempotent, keeps its identity, and gives an event of the same class."""
    once = redact_event(event)

    assert redact_event(once) is once
    assert type(once) is type(event)
    assert (once.event_id, once.key, once.correlation) == (event.event_id, event.key, event.correlation)


@settings(max_examples=60)
@given(secrets(), NAMES)
def test_secrets_never_reach_the_bytes_of_an_event(secret: str, name: str) -> None:
    """Wherever user code or an error puts a secret into an event, the encoded event has it not."""
    event = make_event(
        "ingestion.end",
        tags={name: secret},
        metadata={"nested": [{name: secret}], "url": f"https://u:{secret}@host/x"},
        dataset=DatasetRef(namespace=f"postgres://u:{secret}@host:5432", name="db.t"),
        sources=(f"s3://bucket?{name}={secret}",),
        error=ErrorInfo(type="E", message=f"{name}={secret}", stack=f'connect("postgres://u:{secret}@h/d")'),
    )

    clean = redact_event(event)

    assert secret.encode() not in encode_event(clean)
    assert clean.dataset == DatasetRef(namespace="postgres://[redacted]@host:5432", name="db.t")  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", PLAIN, ids=range(len(PLAIN)))
def test_plain_text_is_left_alone(text: str) -> None:
    """What is no secret is returned as it is, the very same object."""
    assert redact_text(text) is text


@pytest.mark.parametrize(
    "key",
    [
        "AKIA" + "ABCDEFGH12345678",
        "ghp_" + "a1B2" * 9,
        "github_pat_" + "a1_B2" * 6,
        "glpat-" + "x" * 20,
        "xoxb-" + "1234567890-abcdef",
        "AIza" + "x" * 35,
        "sk_live_" + "a" * 24,
        "sk-" + "ant-api03-" + "x" * 30,
        "npm_" + "a" * 36,
        "pypi-" + "A" * 60,
        "hf_" + "a" * 34,
        "dapi" + "0" * 32,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "hooks.slack.com/services/" + "T000/B000/abcd",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    ],
    ids=range(15),
)
def test_known_shapes_of_keys(key: str) -> None:
    """A key that is known by its shape is gone wherever it stands."""
    clean = redact({"note": f"see {key} there", "rows": [key]})

    assert key not in repr(clean)
    assert clean["note"].startswith("see ")
    assert clean["note"].endswith(" there")


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True), ("userPassword", True), ("DB-PASSWORD", True), ("secret_key", True), ("accessKeyId", True),
        ("x-api-key", True), ("refresh_token", True), ("aws.signature", True), ("connectionString", True),
        ("asset_key", False), ("primary_key", False), ("partition_keys", False), ("token_count", False),
        ("author", False), ("secretary", False), ("bypass", False), ("compass", False), ("monkey", False),
        ("max_tokens_limit", False), ("key", False), ("pinned", False),
    ],
)  # fmt: skip
def test_names(name: str, secret: bool) -> None:  # noqa: FBT001  # an expectation, no switch
    """Names are judged by their words, so that Dagster's keys stay readable."""
    assert is_secret_name(name) is secret


def test_more_names_can_be_given() -> None:
    """Names of the settings are exact or globs, in any case, in data and in text."""
    value = {"customer_id": "c-1", "IBAN": "DE00", "rows": 1, "note": "iban=DE00 x"}

    clean = redact(value, extra_names=["customer_*", "iban"])

    assert clean == {"customer_id": REDACTED, "IBAN": REDACTED, "rows": 1, "note": f"iban={REDACTED} x"}


def test_empty_values_and_counts_are_kept() -> None:
    """That a password is not set is no secret; how many tokens were used is none either."""
    value = {"password": None, "secret": "", "has_token": True, "tokens": 512, "pin": 1234}

    assert redact(value) == {"password": None, "secret": "", "has_token": True, "tokens": 512, "pin": REDACTED}


def test_containers_keep_their_kind() -> None:
    """Lists, tuples, sets, named tuples and bytes come back as what they were."""
    pair = namedtuple("pair", "url rest")  # noqa: PYI024  # the kind that has no types
    url, clean = "https://u:p@h", f"https://{REDACTED}@h"
    value = [(url,), {url}, frozenset({url}), pair(url, 1), url.encode(), bytearray(url.encode()), 1.5]

    assert redact(value) == [
        (clean,), {clean}, frozenset({clean}), pair(clean, 1), clean.encode(), clean.encode(), 1.5
    ]  # fmt: skip
    assert redact({url: 1}) == {clean: 1}


@pytest.mark.parametrize(
    ("sql", "clean"),
    [
        ("create secret (type s3, secret 'hunter2')", "create secret (type s3, secret '[redacted]')"),
        ("create user u PASSWORD 'hun''ter2'", "create user u PASSWORD '[redacted]'"),
        ("alter user u identified by 'hunter2'", "alter user u identified by '[redacted]'"),
        ("select 'my secret ' || a || 'b', \"the secret \" 'c'", None),
        ("select 'a' as password, 'b' from t order by 'c'", None),
        ("select a -- don't\nfrom t where b = 'secret 'or c = 'd'", None),
    ],
)
def test_literals_behind_a_secrets_name_in_sql(sql: str, clean: str | None) -> None:
    """SQL writes a secret's name before its literal, without a sign between them; other literals stay."""
    assert redact_sql(sql) == (clean or sql)


def test_a_name_within_a_secrets_value_hides_what_is_quoted() -> None:
    """A second assignment behind a secret's name does not leave its quoted value in the open."""
    assert redact_text("-- token: password='hunter2'") == "-- token: [redacted]"


def test_what_holds_no_secret_is_the_same_object() -> None:
    """Nothing is copied when nothing is hidden."""
    value = {"a": [1, ("b", {"c"})], "d": b"x", "e": object(), "f": DatasetRef(namespace="n", name="t")}
    event = make_event()

    assert redact(value) is value
    assert redact_event(event) is event


def test_long_texts_take_linear_time() -> None:
    """Much of anything is read in a moment, not in hours."""
    for unit in ("a", "a:", "://", "a=", '"', "token=", "--", "x.y-", "eyJaaaaaaaa.", ":a@"):
        redact_text(unit * (60_000 // len(unit)))
    for unit in ("a ", "a '", "'", "identified ", "token=password='", '"'):
        redact_sql(unit * (60_000 // len(unit)))
