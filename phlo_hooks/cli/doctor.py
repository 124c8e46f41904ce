"""``phlo-hooks doctor``: which table each asset is and why, where column lineage comes from, and what to fix."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from importlib.util import find_spec
from textwrap import indent
from typing import Final

import click

from phlo_hooks.cli.diagnosis import ADVICE, FIX, UNRESOLVED, AtServer, Diagnosis, Doctor, known_assets
from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.exit_codes import ExitCode
from phlo_hooks.cli.options import json_option
from phlo_hooks.cli.output import Column, Output
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import at, count
from phlo_hooks.exceptions import SettingsError
from phlo_hooks.outbox.history import History

_TITLES: Final = (
    Column(title="asset"),
    Column(title="dataset"),
    Column(title="by rule"),
    Column(title="stage", optional=True),
    Column(title="columns from", optional=True),
    Column(title="traced", right=True, whole=True, optional=True),
    Column(title="sql here", optional=True),
)
_TITLES_THERE: Final = (
    Column(title="asset"),
    Column(title="entity"),
    Column(title="by rule", optional=True),
    Column(title="there", whole=True),
    Column(title="columns with lineage", right=True, whole=True),
)
_NOBODY: Final = (
    "no code location is known yet: start `dagster dev` with phlo-hooks in its Definitions, or run "
    "`phlo-hooks drain -m my_project.definitions`"
)


@click.command()
@click.argument("assets", nargs=-1, metavar="[ASSET]...")
@click.option("--strict", is_flag=True, help="Exit with 1 for advice too.")
@json_option
@pass_session
def doctor(session: Session, assets: tuple[str, ...], *, strict: bool, as_json: bool) -> int:
    """
    Show which table each asset is and why, where its column lineage comes from, and the line that fixes it.

    ASSET is a key or a glob such as 'marts/*'; one asset is shown in detail. What code declares is taken from the
    newest snapshots, what happened from recorded events. Where an OpenMetadata server is configured, it is asked which
    of the assets it has; nothing is written there.

    Exit code 0: nothing is to be fixed; there may be advice. 1: an asset's table is not known, the column lineage of
    a model that ran is missing though it could be there, or no code location is known.
    """
    with session.outbox(create=False) as outbox:
        history = History(outbox.database)
        known, notes = known_assets(history.snapshots(), session.settings)
        chosen = [each for each in known if not assets or any(fnmatchcase(each.key, glob) for glob in assets)]
        if assets and known and not chosen:
            raise NotFoundError(f"no asset is called {' or '.join(assets)}; `phlo-hooks doctor` lists them")
        patient = Doctor(history)
        with history.together():
            found = [patient.examine(asset) for asset in chosen]
    url, found = _at_server(session, found, notes)
    if not known:
        notes.append(_NOBODY)
    levels = {finding.level for each in found for finding in each.findings}
    well = not notes and FIX not in levels and not (strict and ADVICE in levels)
    if as_json:
        session.output.json(_document(found, notes, url, well=well))
    elif len(found) == 1 and assets:
        _print_one(session.output, found[0])
    else:
        _print(session.output, found, notes, url)
    return ExitCode.OK if well else ExitCode.UNWELL


def _at_server(session: Session, found: list[Diagnosis], notes: list[str]) -> tuple[str | None, list[Diagnosis]]:
    """Return the address of the OpenMetadata server, if there is one, and what it adds; a note says why nothing."""
    from phlo_hooks.subscribers.openmetadata.options import PLUGIN, read_options, server_url

    try:
        options = read_options(session.settings.plugins.config.get(PLUGIN, {}))
        url = server_url(options, os.environ)
    except SettingsError as error:
        notes.append(str(error))
        return None, found
    if url is None or not found:
        return url, found
    if find_spec("httpx") is None:
        notes.append(f"OpenMetadata: it needs httpx; install it with: pip install 'phlo-hooks[{PLUGIN}]'")
        return url, found
    from phlo_hooks.cli.diagnosis_openmetadata import at_server

    told, note = at_server(found, options, session.settings)
    notes += [note] if note else []
    return url, told


def _summary(found: Sequence[Diagnosis]) -> dict[str, int]:
    made_of_sql = [each for each in found if each.has_sql]
    findings = [finding for each in found for finding in each.findings]
    return {
        "assets": len(found),
        "unresolved": sum(each.rule == UNRESOLVED for each in found),
        "models": len(made_of_sql),
        "models_without_sql_here": sum(not each.sql_from for each in made_of_sql),
        "models_with_column_lineage": sum(bool(each.columns_from) for each in made_of_sql),
        "warnings": sum(each.warning is not None for each in found),
        "columns": sum(each.columns for each in made_of_sql),
        "columns_traced": sum(each.traced for each in made_of_sql),
        "to_fix": sum(finding.level == FIX for finding in findings),
        "advice": sum(finding.level == ADVICE for finding in findings),
    }


def _summary_there(found: Sequence[Diagnosis]) -> dict[str, int]:
    asked = [each.openmetadata for each in found if each.openmetadata is not None]
    return {
        "asked": len(asked),
        "there": sum(each.there for each in asked),
        "columns": sum(each.columns for each in asked),
        "columns_with_lineage": sum(each.columns_with_lineage for each in asked),
    }


def _document(found: Sequence[Diagnosis], notes: Sequence[str], url: str | None, *, well: bool) -> dict[str, object]:
    return {
        "healthy": well,
        "summary": _summary(found),
        "openmetadata": {"url": url, **_summary_there(found)} if url else None,
        "notes": list(notes),
        "assets": [{**asdict(each), "dataset": _dataset(each)} for each in found],
    }


def _dataset(each: Diagnosis) -> dict[str, object]:
    dataset = each.dataset
    return {"namespace": dataset.namespace, "name": dataset.name, "resolved": each.rule != UNRESOLVED}


def _print(output: Output, found: Sequence[Diagnosis], notes: Sequence[str], url: str | None) -> None:
    summary = _summary(found)
    for note in notes:
        output.line(note, style="bold yellow")
    if not found:
        return
    fixes = count(summary["to_fix"], "thing") + " to fix"
    output.line(
        f"{fixes}, {count(summary['advice'], 'piece')} of advice" if summary["to_fix"] else "nothing to fix",
        style="bold yellow" if summary["to_fix"] else "bold green",
    )
    output.line()
    output.fields(
        {
            "assets": f"{count(summary['assets'], 'asset')}, {summary['unresolved']:,} without a known table",
            "models": f"{count(summary['models'], 'model')}, {summary['models_with_column_lineage']:,} with column "
            f"lineage, {summary['models_without_sql_here']:,} whose compiled SQL is not on this host",
            "columns": f"{summary['columns_traced']:,} of {summary['columns']:,} of the models' come "
            "from a known column",
            "warnings": f"{count(summary['warnings'], 'statement')} not understood wholly",
        }
    )
    output.line()
    output.table(_TITLES, [_row(each) for each in found])
    _print_there(output, found, url)
    for level, title in ((FIX, "To fix"), (ADVICE, "Advice")):
        _print_findings(output, found, level, title)


def _print_there(output: Output, found: Sequence[Diagnosis], url: str | None) -> None:
    """Print what the OpenMetadata server has, when it could be asked."""
    asked = [(each, each.openmetadata) for each in found if each.openmetadata is not None]
    if not asked:
        return
    summary = _summary_there(found)
    output.line()
    output.heading(f"OpenMetadata at {url}")
    output.line(
        f"  it has {summary['there']:,} of {count(summary['asked'], 'asset')}; "
        f"{summary['columns_with_lineage']:,} of {count(summary['columns'], 'column')} have lineage there"
    )
    output.line()
    output.table(_TITLES_THERE, [_row_there(each, there) for each, there in asked])


def _row_there(each: Diagnosis, there: AtServer) -> tuple[object, ...]:
    columns = f"{there.columns_with_lineage}/{there.columns}" if there.columns else ""
    return each.key, f"{there.kind} {there.entity}", there.rule, "yes" if there.there else "no", columns


def _print_findings(output: Output, found: Sequence[Diagnosis], level: str, title: str) -> None:
    """Print each problem once, with the assets that have it."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in found:
        for finding in each.findings:
            if finding.level == level:
                grouped.setdefault((finding.problem, finding.way_out), []).append(each.key)
    if not grouped:
        return
    output.line()
    output.heading(title)
    for (problem, way_out), keys in grouped.items():
        output.line(f"  {', '.join(keys)}: {problem}")
        output.line(indent(way_out, "    "))


def _print_one(output: Output, each: Diagnosis) -> None:
    output.heading(each.key)
    output.fields(
        {
            "code location": each.code_location,
            "dataset": f"{each.dataset.namespace}  {each.dataset.name}",
            "because": f"{each.rule}: {each.why}",
            "stage": f"{each.stage or 'none'}: {each.stage_why}",
            "last made": f"{at(each.last_run)} UTC" if each.last_run else "never, as far as is recorded",
            "columns": f"{each.traced} of {each.columns} come from a known column",
            "columns from": each.columns_from or "nobody",
            "compiled SQL": (each.sql_from or "not on this host") if each.has_sql else None,
            "warning": each.warning,
            **_fields_there(each.openmetadata),
        },
        indent=2,
    )
    for finding in each.findings:
        output.line()
        output.line(f"{'to fix' if finding.level == FIX else 'advice'}: {finding.problem}", style="bold")
        output.line(indent(finding.way_out, "  "))


def _fields_there(there: AtServer | None) -> dict[str, object]:
    if there is None:
        return {}
    lineage = f"{there.columns_with_lineage} of {there.columns} columns have lineage there"
    return {
        "in OpenMetadata": f"{there.kind} {there.entity}" if there.entity else "nothing is told of it",
        "named by": there.rule,
        "there": f"yes; {lineage}" if there.there else "no",
    }


def _row(each: Diagnosis) -> tuple[object, ...]:
    columns = f"{each.traced}/{each.columns}" if each.columns and (each.columns_from or each.has_sql) else ""
    here = (each.sql_from or "no") if each.has_sql else ""
    dataset = f"{each.dataset.namespace} {each.dataset.name}"
    return each.key, dataset, each.rule, each.stage, each.columns_from, columns, here
