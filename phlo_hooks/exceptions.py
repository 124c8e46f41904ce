"""
Every error that phlo-hooks raises on purpose.

::

    HooksError
    ├── EventError (ValueError)            an event that cannot exist: naive time, wrong type for its class
    │   ├── CodecError                     bytes that are no event
    │   └── UnsupportedVersionError        a newer major version than this library reads
    ├── RegistrationError (ValueError)     a hook that cannot be registered
    │   └── DuplicateHookError             the (plugin, hook) name is taken
    ├── HookFailedError                    a handler raised under policy ``raise``
    ├── HookTimeoutError (TimeoutError)    a handler did not return in time
    ├── EmitDepthError (RecursionError)    hooks that emit, nested too deep
    ├── PluginError                        a plugin that cannot be imported, built or listed
    ├── SettingsError (ValueError)         an unknown key, or a value that does not fit
    ├── DeliveryError                      raised by a consumer to say how its failure is meant
    │   ├── TransientDeliveryError         try again later
    │   └── PermanentDeliveryError         do not try again: dead letter
    ├── OutboxError                        the state database cannot do what was asked
    │   ├── LeaseLostError                 another process took over; nothing was written
    │   └── NoOutboxError                  there is no state database where one was to be read
    ├── SourceError                        an event source cannot be read
    └── DbtArtifactError                   dbt's files cannot be read
"""

from __future__ import annotations

from pathlib import Path


class HooksError(Exception):
    """The root of the tree: catch it to catch whatever phlo-hooks raises on purpose."""


class EventError(HooksError, ValueError):
    """An event that cannot exist."""


class CodecError(EventError):
    """Bytes that cannot be read as an event; the decoder's own error is ``__cause__``."""


class UnsupportedVersionError(EventError):
    """An event whose major version is newer than this library can read."""

    def __init__(self, event_type: str, version: str, supported: str) -> None:
        super().__init__(
            f"event type {event_type!r} has version {version}, this library reads up to {supported}; "
            "upgrade phlo-hooks to read it"
        )
        self.event_type = event_type
        self.version = version
        self.supported = supported


class RegistrationError(HooksError, ValueError):
    """A hook that cannot be registered as it is written."""


class DuplicateHookError(RegistrationError):
    """A second hook under a name that is taken."""

    def __init__(self, plugin_name: str, hook_name: str) -> None:
        super().__init__(
            f"hook {plugin_name}:{hook_name} is already registered; "
            "give this one another hook_name, or unregister the first"
        )
        self.plugin_name = plugin_name
        self.hook_name = hook_name


class HookFailedError(HooksError):
    """A handler raised and its failure policy is ``raise``; the handler's own error is ``__cause__``."""

    def __init__(self, plugin_name: str, hook_name: str, event_id: str) -> None:
        super().__init__(f"hook {plugin_name}:{hook_name} failed on event {event_id}")
        self.plugin_name = plugin_name
        self.hook_name = hook_name
        self.event_id = event_id


class HookTimeoutError(HooksError, TimeoutError):
    """A handler did not return within its time limit, or has not yet returned from an earlier call."""

    def __init__(self, plugin_name: str, hook_name: str, seconds: float, *, still_running: bool = False) -> None:
        what = "is still busy with an earlier event, past" if still_running else "did not return within"
        super().__init__(f"hook {plugin_name}:{hook_name} {what} its limit of {seconds:g} s")
        self.plugin_name = plugin_name
        self.hook_name = hook_name
        self.seconds = seconds
        self.still_running = still_running


class EmitDepthError(HooksError, RecursionError):
    """Hooks that emit events whose hooks emit events, deeper than the limit."""

    def __init__(self, chain: tuple[str, ...], limit: int) -> None:
        super().__init__(f"hooks emit deeper than {limit} levels: {' -> '.join(chain)}")
        self.chain = chain
        self.limit = limit


class PluginError(HooksError):
    """A plugin that could not be imported, constructed, or asked for its hooks."""

    def __init__(self, plugin_name: str, stage: str, reason: str) -> None:
        super().__init__(f"plugin {plugin_name} failed to {stage}: {reason}")
        self.plugin_name = plugin_name
        self.stage = stage
        self.reason = reason


class SettingsError(HooksError, ValueError):
    """A setting that does not exist or whose value does not fit."""


class DeliveryError(HooksError):
    """What a consumer raises to say how a failed delivery is to be treated."""


class TransientDeliveryError(DeliveryError):
    """
    The event is fine and the other side is not: try again.

    Args:
        message: What happened, for people.
        retry_after: Seconds that the other side asked us to wait, if it did.
        outage: Nothing at all can be delivered there now, as with a token that expired: the consumer's breaker opens
            at once, instead of after some more failures.
    """

    def __init__(self, message: str, *, retry_after: float | None = None, outage: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.outage = outage


class PermanentDeliveryError(DeliveryError):
    """This event will never be accepted: dead-letter it at once."""


class OutboxError(HooksError):
    """The state database cannot do what was asked."""


class NoOutboxError(OutboxError):
    """There is no state database where one was to be read."""


class LeaseLostError(OutboxError):
    """Another process holds the lease now; the transaction was rolled back."""

    def __init__(self, name: str, owner: str) -> None:
        super().__init__(f"lease {name!r} is no longer held by {owner}; nothing was written")
        self.name = name
        self.owner = owner


class SourceError(HooksError):
    """An event source that cannot be opened or read."""


class DbtArtifactError(HooksError):
    """A file or folder of dbt's that cannot be read as what it should be."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"dbt artifacts {path}: {reason}")
        self.path = path
        self.reason = reason


class UnknownDialectError(HooksError, ValueError):
    """A SQL dialect that neither dbt's adapters nor sqlglot know."""

    def __init__(self, dialect: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown SQL dialect {dialect!r}; known are {', '.join(known)}, and what sqlglot knows")
        self.dialect = dialect
        self.known = known
