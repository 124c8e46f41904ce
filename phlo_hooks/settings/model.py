"""One typed model of every setting, and where its values come from."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from phlo_hooks.settings.rules import DatasetRule, GateRule, OwnerRule, Section, StageRule, TagRule

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


class PluginSettings(Section):
    """
    Which installed plugins are used, and what each is told.

    Attributes:
        allow: Entry-point names or globs; ``None`` for all that are installed.
        deny: Entry-point names or globs that are never imported; stronger than ``allow``.
        config: Plugin name to what its ``initialize`` is given.
    """

    allow: list[str] | None = None
    deny: list[str] = Field(default_factory=list)
    config: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)


class DeliverySettings(Section):
    """
    How failed deliveries are repeated; times in seconds unless the name says otherwise.

    Attributes:
        max_attempts: Failed attempts after which an event is dead-lettered for a consumer.
        backoff_base: Wait after the first failure; it doubles with each further one.
        backoff_max: Longest wait between two attempts.
        timeout: How long a call may take, for hooks without a limit of their own.
        breaker_threshold: Consecutive failures that open a consumer's breaker.
        breaker_cooldown: How long a breaker stays open before its first probe.
        breaker_max_cooldown: Longest time between two probes; the cooldown doubles up to it.
        batch_size: Events read from the outbox at once.
        forget_after_days: Days after which a consumer whose hook is gone is forgotten.
        lag_warning: Age of the oldest undelivered event from which ``delivery.lagging`` is told.
        max_crashes: How often an event may kill the process before it is dead-lettered.
    """

    max_attempts: int = Field(default=10, ge=1)
    backoff_base: float = Field(default=1.0, gt=0)
    backoff_max: float = Field(default=300.0, gt=0)
    timeout: float = Field(default=120.0, gt=0)
    breaker_threshold: int = Field(default=5, ge=1)
    breaker_cooldown: float = Field(default=30.0, gt=0)
    breaker_max_cooldown: float = Field(default=300.0, gt=0)
    batch_size: int = Field(default=200, ge=1)
    forget_after_days: int = Field(default=30, ge=1)
    lag_warning: float = Field(default=300.0, gt=0)
    max_crashes: int = Field(default=2, ge=1)


class RelaySettings(Section):
    """
    How the event log is read; times in seconds unless the name says otherwise.

    Attributes:
        poll_interval: Wait between two polls while runs are open.
        idle_interval: Wait between two polls while none is.
        overlap: How long a record counts as unsettled; ``None``: 0 on SQLite event logs, 10 elsewhere.
        lookback: How far behind its newest run the discovery of changed runs looks.
        recheck_closed_hours: For how many hours after its end a run is looked at again.
        recheck_every: Time between two such looks.
        page_size: Records read from the log at once.
        lost_after: Silence after which a started run is lost.
        lease_seconds: How long a lease holds without being renewed.
        snapshot_wait: How long a run waits for the snapshot of its code location.
        settle: How long an ended run's log must be quiet; ``None``: as ``overlap``.
    """

    poll_interval: float = Field(default=0.5, gt=0)
    idle_interval: float = Field(default=5.0, gt=0)
    overlap: float | None = Field(default=None, ge=0)
    lookback: float = Field(default=900.0, ge=0)
    recheck_closed_hours: float = Field(default=24, ge=0)
    recheck_every: float = Field(default=180.0, gt=0)
    page_size: int = Field(default=1000, ge=1)
    lost_after: float = Field(default=900.0, gt=0)
    lease_seconds: float = Field(default=15.0, gt=0)
    snapshot_wait: float = Field(default=60.0, ge=0)
    settle: float | None = Field(default=None, ge=0)


class DatasetSettings(Section):
    """
    How datasets are named.

    Attributes:
        namespaces: Platform to namespace, such as ``duckdb`` to ``duckdb://warehouse``.
        rules: Tried in order; the first that matches names the dataset.
    """

    namespaces: dict[str, str] = Field(default_factory=dict)
    rules: list[DatasetRule] = Field(default_factory=list)


class RedactionSettings(Section):
    """
    What is secret beyond what is known to be.

    Attributes:
        names: Names or globs whose values never leave the process, such as ``customer_*``.
    """

    names: list[str] = Field(default_factory=list)


class TargetSettings(Section):
    """
    Which Dagster code the assets are defined in, as ``dagster dev`` is told; nothing: what the project's files name.

    Attributes:
        module_name: Modules with definitions.
        python_file: Files with definitions, absolute.
        workspace: Workspace files, absolute.
        package_name: Packages with definitions.
        attribute: Which definitions in the module or file.
        working_directory: Where the code is imported from, absolute.
    """

    module_name: list[str] = Field(default_factory=list)
    python_file: list[str] = Field(default_factory=list)
    workspace: list[str] = Field(default_factory=list)
    package_name: list[str] = Field(default_factory=list)
    attribute: str | None = None
    working_directory: str | None = None


class Settings(BaseSettings):
    """
    Every setting of phlo-hooks; made by ``load_settings``.

    Attributes:
        database: SQLAlchemy URL of the state database; ``database_url()`` says what holds when it is ``None``.
        start: What a first start on an instance with history reads: ``now``, ``all``, or what is newer than a date.
        ui_url: Base address of Dagster's web server, without a trailing slash.
        deployment: Tells deployments apart, in CloudEvents' source and in telemetry.
        strategy: What hooks with policy ``raise`` do to an emit.
        hooks: Import paths, ``pkg.mod:name`` or ``/abs/file.py:name``.
        stages: Which assets have which stage, beyond what they say themselves.
        owners: Who owns assets that name no owner.
        tags: Tags of assets' events, beside those that the assets have.
        target: The Dagster code whose assets the relay is to know; the command line's ``-m -f -w -d`` set it.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="PHLO_HOOKS_",
        env_nested_delimiter="__",
        hide_input_in_errors=True,
        validate_default=False,
    )

    database: str | None = Field(default=None, repr=False)
    start: str = "now"
    ui_url: str | None = None
    deployment: str = Field(default="local", min_length=1)
    strategy: Literal["stop_on_error", "collect"] = "stop_on_error"
    hooks: list[str] = Field(default_factory=list)
    plugins: PluginSettings = Field(default_factory=PluginSettings)
    delivery: DeliverySettings = Field(default_factory=DeliverySettings)
    relay: RelaySettings = Field(default_factory=RelaySettings)
    stages: list[StageRule] = Field(default_factory=list)
    owners: list[OwnerRule] = Field(default_factory=list)
    tags: list[TagRule] = Field(default_factory=list)
    gates: list[GateRule] = Field(default_factory=list)
    datasets: DatasetSettings = Field(default_factory=DatasetSettings)
    redaction: RedactionSettings = Field(default_factory=RedactionSettings)
    target: TargetSettings = Field(default_factory=TargetSettings)

    _root: Path = PrivateAttr(default_factory=Path.cwd)
    _places: tuple[str, ...] = PrivateAttr(default=())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # pydantic-settings passes it by name
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # read by load_settings, which knows the places
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # a .env file is Dagster's to load
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # not a source of ours
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what ``load_settings`` merged, and nothing else."""
        return (init_settings,)

    @field_validator("database")
    @classmethod
    def _database_is_a_url(cls, value: str | None) -> str | None:
        if value is not None and not _URL.match(value):
            raise ValueError("not a database URL; write sqlite:////absolute/path.db or postgresql://host/name")
        return value

    @field_validator("start", mode="before")
    @classmethod
    def _start_is_a_moment(cls, value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        text = str(value).strip()
        if text not in {"now", "all"}:
            try:
                datetime.fromisoformat(text)
            except ValueError:
                raise ValueError("neither 'now', 'all' nor an ISO date such as 2026-01-31") from None
        return text

    @field_validator("ui_url")
    @classmethod
    def _ui_url_without_slash(cls, value: str | None) -> str | None:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("not an address; write http://host:port")
        return value.rstrip("/") if value else None

    @model_validator(mode="after")
    def _rules_say_something(self) -> Settings:
        for name, rules in (("stages", self.stages), ("owners", self.owners), ("tags", self.tags)):
            for index, rule in enumerate(rules):
                if rule.matches_all:
                    raise ValueError(
                        f"{name}.{index} has no assets, groups, kinds, tags or dbt_tags: it would match all"
                    )
        return self

    @property
    def root(self) -> Path:
        """The project's folder: where the nearest pyproject.toml stands, else the one settings were loaded from."""
        return self._root

    @property
    def places(self) -> tuple[str, ...]:
        """Where values were found, the strongest first; empty when every setting has its default."""
        return self._places

    def start_time(self, now: datetime) -> datetime | None:
        """Return the moment a first start begins to read from; ``None`` for the whole history."""
        if self.start == "all":
            return None
        if self.start == "now":
            return now
        moment = datetime.fromisoformat(self.start)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def database_url(self) -> tuple[str, str, str | None]:
        """
        Return the state database's URL, what decided it, and a line for people when nothing was configured.

        It is the ``database`` setting; else ``$DAGSTER_HOME/phlo_hooks.db``; else a file in the project's folder.
        """
        if self.database is not None:
            return _absolute(self.database, self._root), "the setting database", None
        if home := os.environ.get("DAGSTER_HOME"):
            return _sqlite(Path(home).expanduser() / "phlo_hooks.db"), "DAGSTER_HOME", None
        path = self._root / ".phlo_hooks" / "state.db"
        note = f"DAGSTER_HOME is not set: the state database is {path}; set it, or the setting database, to move it"
        return _sqlite(path), "the project's folder", note


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path.absolute()}"


def _absolute(url: str, root: Path) -> str:
    """Tie a relative SQLite path to the project's folder, since a child process may stand elsewhere."""
    scheme, _, rest = url.partition(":///")
    file, mark, query = rest.partition("?")
    if not scheme.startswith("sqlite") or not file or file == ":memory:" or file.startswith("file:"):
        return url
    if Path(file).is_absolute():
        return url
    return f"{scheme}:///{(root / file).absolute()}{mark}{query}"
