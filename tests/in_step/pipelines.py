"""Random pipelines as data, for Hypothesis to draw and to make smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st

ASSET, SPECS, OUTS, GRAPH, GRAPHS, CHECK = "asset", "specs", "outs", "graph", "graphs", "check"
FUNCTION, GENERATOR, ASYNC, STREAM = "function", "generator", "async", "stream"
NOTHING, RESULT, VALUED, VALUE, OUTPUT, UNANNOTATED = "nothing", "result", "valued", "value", "output", "unannotated"
PARTITIONS: Final = ("a", "b", "c")


@dataclass(frozen=True, kw_only=True)
class Failing:
    """
    How a step fails, in its first attempts.

    Attributes:
        where: ``before`` it gives anything, ``midway``, ``after`` all, or in the IO manager (``store``).
        how: ``error``, ``failure`` (``dg.Failure`` that forbids retries) or ``retry`` (``dg.RetryRequested``).
    """

    where: str
    how: str
    times: int


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One computation.

    Attributes:
        form: What Dagster definition it is.
        hooked: Whether one of our decorators makes it, or Dagster's own.
        gives: What the function returns or yields.
        checks: Of the asset's own checks, what each says; ``None`` for one that says nothing.
        blocking: Whether its own checks stop what comes after when they fail.
        parts: Of a multi-asset, which assets it yields; of a graph, how many dynamic outputs are mapped.
        some: Of a multi-asset, whether the run selects its first asset only.
        logged: What it logs besides: ``again`` materializes its own asset, ``other`` a stranger, ``seen`` observes.
        yields: Whether it yields that instead, where it yields.
    """

    form: str
    hooked: bool
    stage: str | None
    style: str
    gives: str
    checks: tuple[bool | None, ...] = ()
    blocking: bool = False
    parts: tuple[bool, ...] = (True, True)
    some: bool = False
    logged: tuple[str, ...] = ()
    yields: bool = False
    failing: Failing | None = None
    retries: int = 0
    partitioned: bool = False
    follows: bool = True


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """
    Steps in the order of their dependencies, and how they are run.

    Attributes:
        live: Run hooks on all of it.
        partitions: ``none``, ``one`` or ``range``; partitioned steps run for those.
        failing_hook: Policy of one more in-step hook that raises on some events: ``log``, ``raise`` or none.
        raises_on: The event types on which it does.
        selected: Which steps the run selects; the others are left out.
    """

    steps: tuple[Step, ...]
    live: bool
    partitions: str
    failing_hook: str | None = None
    raises_on: str = "*.start"
    selected: tuple[bool, ...] = ()


failings = st.builds(
    Failing,
    where=st.sampled_from(["before", "midway", "after", "store"]),
    how=st.sampled_from(["error", "failure", "retry"]),
    times=st.integers(1, 3),
)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Return a step that Dagster accepts, or refuses while it runs."""
    form = draw(st.sampled_from([ASSET, ASSET, ASSET, SPECS, OUTS, GRAPH, GRAPHS, CHECK]))
    style = draw(st.sampled_from([FUNCTION, GENERATOR, ASYNC, STREAM]))
    streams = style in {GENERATOR, STREAM}
    gives = {SPECS: [RESULT], OUTS: [OUTPUT], GRAPH: [VALUE], GRAPHS: [VALUE], CHECK: [RESULT]}.get(
        form, [RESULT, VALUED, OUTPUT] if streams else [NOTHING, RESULT, VALUED, VALUE, OUTPUT, UNANNOTATED]
    )
    given = draw(st.sampled_from(gives))
    checked = (form == ASSET and (streams or given in {RESULT, VALUED})) or form in {SPECS, CHECK}
    parts = draw(st.lists(st.booleans(), min_size=1, max_size=3))
    if not streams and draw(st.integers(0, 4)):
        # A function that returns fewer than it should is refused by Dagster.
        parts = [True] * len(parts)
    return Step(
        form=form,
        hooked=draw(st.booleans()),
        stage=draw(st.sampled_from([None, "ingestion", "transform", "publish"])),
        style=style,
        gives=given,
        checks=tuple(draw(st.lists(st.sampled_from([True, False, None]), max_size=2))) if checked else (),
        blocking=draw(st.integers(0, 3)) == 3,
        parts=tuple(parts),
        some=draw(st.integers(0, 3)) == 3,
        logged=tuple(draw(st.lists(st.sampled_from(["again", "other", "seen"]), max_size=2))),
        yields=draw(st.booleans()),
        failing=draw(failings) if draw(st.integers(0, 2)) == 2 else None,
        retries=draw(st.sampled_from([0, 0, 1, 2])),
        partitioned=draw(st.booleans()),
        follows=draw(st.booleans()),
    )


@st.composite
def pipelines(draw: st.DrawFn) -> Pipeline:
    """Return up to four steps and a way to run them."""
    drawn = tuple(draw(st.lists(steps(), min_size=1, max_size=4)))
    return Pipeline(
        steps=drawn,
        live=draw(st.booleans()),
        partitions=draw(st.sampled_from(["none", "one", "range"])),
        failing_hook=draw(st.sampled_from([None, None, "log", "raise"])),
        raises_on=draw(st.sampled_from(["*.start", "*.end", "asset.materialized", "quality.result"])),
        selected=tuple(
            draw(st.lists(st.integers(0, 4).map(lambda drawn: drawn < 4), min_size=len(drawn), max_size=len(drawn)))
        ),
    )
