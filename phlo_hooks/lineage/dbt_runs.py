"""The run that a dbt target folder tells of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Self

from phlo_hooks.dbt_artifacts.artifacts import NodeResult, RunResults
from phlo_hooks.dbt_artifacts.target import DbtTarget
from phlo_hooks.lineage.dbt_tests import OUTCOMES, message_of, severity_of, tested_table
from phlo_hooks.lineage.drafts import TableDraft
from phlo_hooks.lineage.graph import GraphModel, GraphRun, GraphStep, RunCheck, TableRun

_STATUS: Final = {
    "success": "success",
    "error": "failure",
    "runtime error": "failure",
    "partial success": "failure",
    "skipped": "skipped",
}
_TESTS: Final = frozenset({"test", "unit_test"})
_BUILT: Final = frozenset({"model", "snapshot", "seed"})


class DbtRun:
    """
    One call of dbt and what became of each node in it.

    Attributes:
        id: dbt's own of the call.
    """

    def __init__(self, target: DbtTarget, results: RunResults) -> None:
        self._target = target
        self._results = results
        self._ended = _moment(results.metadata.generated_at)
        began = [at for result in results.results for at in _times(result)]
        self._started = min(began, default=self._ended)
        self.id = results.metadata.invocation_id or f"{self._started:%Y%m%d%H%M%S}"

    @classmethod
    def of(cls, target: DbtTarget) -> Self | None:
        """Return the target's last run, ``None`` when there is none to tell of, as after ``dbt compile``."""
        results = target.run_results
        if results is None or results.args.get("which") in {"compile", "parse", "docs", "generate", "list"}:
            return None
        return cls(target, results)

    def began(self, result: NodeResult) -> datetime:
        """Return when a node's work began; the run's own start for one that does not say."""
        return min(_times(result), default=self._started)

    def note_tables(self, drafts: Mapping[str, TableDraft]) -> None:
        """Note on each table how it went."""
        for result in self._results.results:
            draft = drafts.get(self._target.main.get(result.unique_id, ""))
            status = _STATUS.get(result.status)
            if draft is not None and status is not None:
                at = self.began(result)
                rows = _rows(result)
                draft.runs.append(
                    TableRun(
                        run_id=self.id,
                        status=status,
                        at=at,
                        seconds=result.execution_time,
                        rows=rows,
                        error=message_of(result) if status == "failure" else None,
                    )
                )

    def finish(self, places: Mapping[str, int], title: str) -> GraphRun:
        """Return the run as the graph shows it."""
        seconds = self._results.elapsed_time
        failed = [result for result in self._results.results if _failed(result)]
        word = str(self._results.args.get("which") or "run")
        status = "failure" if failed else "success"
        models = tuple(self._model(result, places) for result in self._built())
        step = GraphStep(
            key=f"dbt {word}",
            attempt=1,
            status=status,
            start=0.0,
            seconds=seconds,
            tables=tuple(sorted({model.table for model in models if model.table is not None})),
            models=models,
            error=f"{len(failed)} of {len(self._results.results)} failed" if failed else None,
        )
        return GraphRun(
            id=self.id,
            job=f"dbt {word} ({title})",
            status=status,
            started_at=self._started,
            seconds=seconds,
            launcher="dbt",
            error=step.error,
            steps=(step,),
            checks=tuple(self._run_checks(places, step.key)),
        )

    def _run_checks(self, places: Mapping[str, int], step: str) -> Iterable[RunCheck]:
        for result in self._results.results:
            node = self._target.manifest.nodes.get(result.unique_id)
            if result.unique_id.partition(".")[0] in _TESTS and result.status in OUTCOMES:
                yield RunCheck(
                    name=node.name if node else result.unique_id.partition(".")[2],
                    outcome=result.status,
                    at=self._since(self.began(result)),
                    table=places.get(tested_table(node, self._target)) if node else None,
                    step=step,
                    severity=severity_of(node) if node else None,
                    message=message_of(result),
                )

    def _built(self) -> Iterable[NodeResult]:
        return (result for result in self._results.results if result.unique_id.partition(".")[0] in _BUILT)

    def _model(self, result: NodeResult, places: Mapping[str, int]) -> GraphModel:
        main = self._target.main.get(result.unique_id, "")
        node = self._target.nodes.get(result.unique_id)
        began = min(_times(result), default=None)
        return GraphModel(
            name=node.identifier if node else result.unique_id,
            status=_STATUS.get(result.status, result.status),
            table=places.get(main),
            start=None if began is None else self._since(began),
            seconds=result.execution_time,
            rows=_rows(result),
            message=message_of(result) if _failed(result) else None,
        )

    def _since(self, at: datetime) -> float:
        return max(0.0, (at - self._started) / timedelta(seconds=1))


def _failed(result: NodeResult) -> bool:
    return result.status in {"error", "runtime error", "partial success", "fail"}


def _rows(result: NodeResult) -> int | None:
    rows = result.adapter_response.get("rows_affected")
    return rows if isinstance(rows, int) and not isinstance(rows, bool) and rows >= 0 else None


def _times(result: NodeResult) -> list[datetime]:
    return [_moment(timing.started_at) for timing in result.timing if timing.started_at]


def _moment(written: str | None) -> datetime:
    """Return a time of dbt's, which is UTC even where it does not say."""
    try:
        found = datetime.fromisoformat(written or "")
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
