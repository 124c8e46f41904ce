"""``phlo-hooks replay``: deliver the past once more."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import click

from phlo_hooks.bus import HookBus
from phlo_hooks.cli.errors import NotFoundError
from phlo_hooks.cli.events import query_of
from phlo_hooks.cli.options import filter_options, json_option, target_options, yes_option
from phlo_hooks.cli.session import Session, pass_session
from phlo_hooks.cli.text import count
from phlo_hooks.exceptions import EventError
from phlo_hooks.outbox.api import EventQuery
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.registration import Dispatch, HookRegistration


@click.command()
@click.option("--hook", required=True, metavar="PLUGIN:HOOK", help="Whom to deliver to.")
@filter_options
@target_options
@yes_option
@json_option
@pass_session
def replay(session: Session, *, hook: str, yes: bool, as_json: bool, **chosen: Any) -> None:
    """
    Deliver recorded events to one hook again: those it matches, in their order.

    Without options: all of them. The relay, or the next drain, delivers them; the hook sees replay=True in
    current_delivery(). Give --run, --since or --type to choose.
    """
    session.ask_target(chosen)
    registration = _registration(session, hook)
    query = _narrowed(query_of(chosen), registration)
    with session.outbox() as outbox:
        number = _count(session.bus, outbox, registration, query)
        if not number:
            raise NotFoundError(f"no recorded event matches {hook} and these options; nothing to replay")
        if not yes:
            click.confirm(f"Deliver {count(number, 'event')} to {hook} again?", abort=True, err=True)
        _register(outbox, registration)
        queued = outbox.replay(hook, query)
    if as_json:
        session.output.json({"hook": hook, "matching": number, "queued": queued})
        return
    session.output.line(f"queued for {hook}: {count(number, 'event')}; a running relay or `phlo-hooks drain` delivers")


def _registration(session: Session, name: str) -> HookRegistration:
    """
    Return the hook of that name.

    Raises:
        NotFoundError: It is not installed here.
        click.UsageError: It is called in the step's process only.
    """
    hooks = {hook.name: hook for hook in session.bus.hooks()}
    if name not in hooks:
        near = get_close_matches(name, hooks, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(hooks)) or 'none'}"
        raise NotFoundError(f"no hook {name!r}; {hint}")
    if hooks[name].in_step:
        raise click.UsageError(f"{name} has in_step=True: it is called in the step's own process, never by the relay")
    return hooks[name]


def _narrowed(query: EventQuery, hook: HookRegistration) -> EventQuery:
    """Return the query without the types that the hook never gets, so that no rows are made for them."""
    if query.event_types or not hook.filter.event_types:
        return query
    return replace(query, event_types=tuple(sorted(hook.filter.event_types)))


def _count(bus: HookBus, outbox: Outbox, hook: HookRegistration, query: EventQuery) -> int:
    number = 0
    for stored in outbox.events(query):
        try:
            event = stored.decode()
        except EventError:
            continue
        number += not bus.explain(hook, event)
    return number


def _register(outbox: Outbox, hook: HookRegistration) -> None:
    """Make the hook known to the state database; one that no relay has seen yet has nowhere to queue."""
    if hook.dispatch is Dispatch.QUEUED:
        outbox.register_consumers([hook.name])
    else:
        outbox.register_consumers([], sync_hooks=[hook.name])
