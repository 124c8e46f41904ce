"""What ``doctor`` finds out at an OpenMetadata server: which assets it has, with what lineage, and what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from phlo_hooks.cli.diagnosis import ADVICE, FIX, AtServer, Diagnosis, Finding
from phlo_hooks.exceptions import HooksError
from phlo_hooks.settings import Settings
from phlo_hooks.subscribers.openmetadata.client import Client
from phlo_hooks.subscribers.openmetadata.naming import Naming
from phlo_hooks.subscribers.openmetadata.options import Options
from phlo_hooks.subscribers.openmetadata.standing import Standing, rule_for, standing

SYNC: Final = "phlo-hooks openmetadata sync"


def at_server(found: Sequence[Diagnosis], options: Options, settings: Settings) -> tuple[list[Diagnosis], str | None]:
    """Return the diagnoses with what the server says of each, and a note when it cannot be asked."""
    naming = Naming(options, deployment=settings.deployment)
    datasets = [(each.key, each.dataset) for each in found if each.dataset.resolved]
    try:
        with Client(options, environ=os.environ) as client:
            stand = {(each.asset_key, each.dataset): each for each in standing(client, naming, datasets)}
    except HooksError as error:
        return list(found), f"OpenMetadata: {error}"
    told = [(each, stand.get((each.key, each.dataset))) for each in found]
    return [each if there is None else _with(each, there) for each, there in told], None


def _with(each: Diagnosis, there: Standing) -> Diagnosis:
    said = AtServer(
        kind=there.entity.kind.value if there.entity else None,
        entity=there.entity.fqn if there.entity else None,
        rule=there.rule,
        there=there.there,
        columns=there.columns,
        columns_with_lineage=there.with_lineage,
        others=tuple(other.fqn for other in there.others),
    )
    return replace(each, openmetadata=said, findings=(*each.findings, *_findings(each, there)))


def _findings(each: Diagnosis, there: Standing) -> Iterator[Finding]:
    """Yield what is not as it could be there; a table that was never made is rightly missing."""
    if there.entity is None:
        return
    made = each.last_run is not None
    if there.others:
        where = ", ".join(other.fqn for other in there.others)
        problem = f"OpenMetadata has {where}, which is perhaps the same table as {there.entity.fqn}"
        rule = rule_for(there.dataset, there.entity, there.others[0])
        way_out = f"if it is, put this rule into phlo_hooks.toml, before other rules, and run `{SYNC}`:\n{rule}"
        level = FIX if made and not there.there else ADVICE
        yield Finding(level=level, problem=problem, way_out=way_out)
    elif made and not there.there:
        yield Finding(level=FIX, problem="it was made, and OpenMetadata does not have it", way_out=SYNC)
    if there.there and each.traced and not there.with_lineage:
        problem = f"OpenMetadata has none of the {each.traced} columns' lineage that is recorded"
        yield Finding(level=FIX, problem=problem, way_out=SYNC)
