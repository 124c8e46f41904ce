from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phlo_hooks import routing
from phlo_hooks.datasets import DatasetRef, LineageEdge
from phlo_hooks.events import CLASS_BY_TYPE, GenericEvent, HookCorrelation, HookEvent, LineageEvent
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.filters import HookFilter, glob_matches
from phlo_hooks.routing import FilterIndex
from phlo_hooks.testing import make_event
from tests.core.strategies import filters

DATASET = DatasetRef(namespace="n", name="t")


def lineage(upstream: str | None, downstream: str | None) -> LineageEvent:
    edge = LineageEdge(
        upstream=DATASET, downstream=DATASET, upstream_asset_key=upstream, downstream_asset_key=downstream
    )
    return LineageEvent(edges=(edge,))


@st.composite
def filterable_events(draw: st.DrawFn) -> HookEvent:
    """Return events whose parts the generated filters speak of."""
    names = st.none() | st.sampled_from(["a", "ab", "b"])
    keys = st.sampled_from(["raw/orders", "raw/users", "marts/orders", "x"])
    tags = draw(st.dictionaries(st.sampled_from(["a", "ab", "b"]), st.sampled_from(["a", "ab", "b"]), max_size=2))
    where = HookCorrelation(
        asset_key=draw(st.none() | keys),
        job_name=draw(names),
        partition_key=draw(names),
        code_location=draw(names),
    )
    kind = draw(st.sampled_from([*sorted(CLASS_BY_TYPE), "user.thing"]))
    parts: dict[str, Any] = {"correlation": where, "tags": tags}
    if kind == "lineage.edges":
        edge = LineageEdge(upstream=DATASET, downstream=DATASET, upstream_asset_key=draw(keys))
        parts["edges"] = (edge,)
    elif kind.startswith(("run.", "step.", "ingestion.", "transform.", "publish.")):
        parts["status"] = draw(st.sampled_from(["success", "failure", ""]))
    elif kind == "quality.result":
        parts["data_outcome"] = draw(st.sampled_from(["pass", "warn", "fail", None]))
    elif kind == "user.thing":
        parts["data"] = {"asset_key": draw(keys), "status": "failure"}
    return make_event(kind, **parts)


@settings(max_examples=150)
@given(st.lists(filters(), max_size=8), st.lists(filterable_events(), min_size=1, max_size=4))
def test_the_index_finds_what_looking_at_each_filter_finds(wanted: list[HookFilter], events: list[HookEvent]) -> None:
    """Indexing and caching never change which filters match, nor their order."""
    index = FilterIndex(wanted)

    for event in [*events, *events]:
        assert list(index.matching(event)) == [n for n, each in enumerate(wanted) if each.matches(event)]


@settings(max_examples=100)
@given(filters(), filterable_events())
def test_an_explanation_is_given_exactly_when_it_does_not_match(wanted: HookFilter, event: HookEvent) -> None:
    """What matches needs no explanation, and what does not has at least one."""
    assert wanted.matches(event) == (wanted.explain(event) == [])


def test_no_filter_matches_all() -> None:
    """A filter without parts gets every event; an empty set gets none."""
    event = make_event("run.start")

    assert HookFilter().matches(event)
    assert not HookFilter(event_types=frozenset()).matches(event)
    assert HookFilter(event_types=frozenset()).explain(event) == [
        "event_types: wants nothing (an empty set), the event has 'run.start'"
    ]


@pytest.mark.parametrize(
    ("glob", "value", "matches"),
    [
        ("ingestion.*", "ingestion.end", True),
        ("ingestion.*", "ingestion", False),
        ("*.end", "transform.end", True),
        ("raw/*", "raw/a/b", True),
        ("raw/?", "raw/ab", False),
        ("[2026-01...2026-03]", "[2026-01...2026-03]", True),
        ("[a]*", "[a]b", True),
        ("[ab]", "a", False),
        ("a.c", "abc", False),
        ("**", "", True),
        ("a*", "a\nb", True),
    ],
)
def test_globs(glob: str, value: str, matches: bool) -> None:  # noqa: FBT001  # an expectation, no switch
    """``*`` and ``?`` are the only special characters."""
    assert glob_matches(glob, value) is matches


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (lineage("raw/orders", "marts/orders"), {"raw/orders", "marts/orders"}),
        (lineage(None, "marts/orders"), {"marts/orders"}),
        (make_event("step.end", asset_keys=("a", "b")), {"a", "b"}),
        (make_event("ingestion.end", asset_key="a"), {"a"}),
        (make_event("run.start", planned_assets=("a",)), set()),
        (GenericEvent(event_type="x", data={"asset_key": "a"}), {"a"}),
        (GenericEvent(event_type="x", data={"asset_key": 3}), set()),
    ],
    ids=["both ends", "one end", "step", "asset", "run", "generic", "generic without"],
)
def test_what_asset_keys_are_matched_with(event: HookEvent, keys: set[str]) -> None:
    """An asset filter sees the event's asset, a step's assets and the ends of edges, and nothing of runs."""
    found = {
        key for key in ("raw/orders", "marts/orders", "a", "b", "3") if HookFilter(asset_keys={key}).matches(event)
    }

    assert found == keys


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"data_outcome": "pass"}, {"pass", "success"}),
        ({"data_outcome": "fail"}, {"fail", "failure"}),
        ({"data_outcome": "warn"}, {"warn"}),
        ({"outcome": "error"}, {"error", "failure"}),
        ({"outcome": "skipped"}, {"skipped"}),
    ],
    ids=lambda value: str(sorted(value)),
)
def test_statuses_of_check_results(parts: dict[str, Any], words: set[str]) -> None:
    """A failed check is never a success, though its own run succeeded."""
    event = make_event("quality.result", **parts)
    candidates = ("pass", "success", "fail", "failure", "warn", "error", "skipped")

    assert {word for word in candidates if HookFilter(statuses={word}).matches(event)} == words


def test_every_part_must_match() -> None:
    """Parts are joined by and; each that fails is explained."""
    event = make_event("run.end", status="failure", job_name="nightly", partition_key="2026", tags={"team": "sales"})
    wanted = HookFilter(
        event_types=["run.*"],
        statuses={"success"},
        job_names=("nightly",),
        code_locations={"eu"},
        tags={"team": "ops", "tier": "*"},
    )

    assert wanted.explain(event) == [
        "statuses: wants success, the event has 'failure'",
        "code_locations: wants eu, the event has none",
        "tags: wants team=ops, the event has team=sales",
        "tags: wants tier=*, the event has no tag tier",
    ]


@pytest.mark.parametrize(
    "name", ["event_types", "asset_keys", "statuses", "job_names", "partition_keys", "code_locations"]
)
def test_a_bare_string_is_refused(name: str) -> None:
    """A string where a collection belongs is told apart from a collection, with the way out."""
    with pytest.raises(RegistrationError, match=rf"{name} is the bare string 'run.end'; write {name}=\['run.end'\]"):
        HookFilter(**{name: "run.end"})  # type: ignore[arg-type]  # the mistake that is tested


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"event_types": 3}, "event_types must be a collection of strings, not 3"),
        ({"event_types": {"a": 1}}, "must be a collection of strings"),
        ({"event_types": [RegistrationError]}, "which is no string"),
        ({"tags": "team"}, "tags must map names to values"),
        ({"tags": {"team": 3}}, "names and values are strings"),
    ],
    ids=range(5),
)
def test_what_is_no_filter_is_refused(parts: dict[str, Any], says: str) -> None:
    """The error names the part and what it got."""
    with pytest.raises(RegistrationError, match=says):
        HookFilter(**parts)


def test_filters_are_values() -> None:
    """Equal filters are equal and hash alike, whatever collections they were made of."""
    one = HookFilter(event_types=["a", "b"], tags={"x": "y"})
    two = HookFilter(event_types={"b", "a"}, tags={"x": "y"})

    assert one == two
    assert hash(one) == hash(two)


def test_the_cost_follows_the_hooks_that_match(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among thousands of filters, an event of known values is compared with none of them."""
    index = FilterIndex([HookFilter(event_types={f"t{n}.*"}, asset_keys={f"a/{n}*"}) for n in range(2000)])
    compared: list[str] = []

    def counting(glob: str, value: str) -> bool:
        compared.append(glob)
        return glob_matches(glob, value)

    monkeypatch.setattr(routing, "glob_matches", counting)
    event = GenericEvent(event_type="t7.x", data={"asset_key": "a/7"})

    first = list(index.matching(event))
    learned, compared[:] = len(compared), []
    second = list(index.matching(event))

    assert first == second == [7]
    assert (learned, compared) == (4000, [])


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values that never come again do not fill the memory, and forgetting them changes no answer."""
    monkeypatch.setattr(routing, "_CACHED_VALUES", 3)
    index = FilterIndex([HookFilter(asset_keys={"a*"})])

    for n in range(20):
        assert list(index.matching(GenericEvent(event_type="x", data={"asset_key": f"a{n}"}))) == [0]

    assert len(index._facets["asset_keys"]._known) <= 3
