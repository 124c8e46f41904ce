"""The source that a workflow of OpenMetadata runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from metadata.generated.schema.entity.services.ingestionPipelines.status import StackTraceError
from metadata.generated.schema.metadataIngestion.workflow import Source as WorkflowSource
from metadata.ingestion.api.models import Either
from metadata.ingestion.api.steps import InvalidSourceException, Source
from metadata.ingestion.models.barrier import Barrier
from metadata.ingestion.ometa.ometa_api import OpenMetadata

from phlo_hooks.attaching import plugin_context
from phlo_hooks.exceptions import HooksError
from phlo_hooks.outbox.store import Outbox
from phlo_hooks.settings import load_settings
from phlo_hooks.subscribers.openmetadata.collecting import collect
from phlo_hooks.subscribers.openmetadata.connector.records import Records
from phlo_hooks.subscribers.openmetadata.connector.server import Server
from phlo_hooks.subscribers.openmetadata.options import PLUGIN, read_options
from phlo_hooks.subscribers.openmetadata.requests import Request

_OPTIONS: Final = ("database", "project", "since")


class PhloHooksSource(Source):  # type: ignore[misc]  # OpenMetadata's class is not where types are checked
    """
    Reads a state database and yields what it knows as OpenMetadata's request models.

    ``connectionOptions`` may hold ``database`` (the state database's SQLAlchemy URL), ``project`` (folder of
    ``phlo_hooks.toml``; the working directory unless given) and ``since`` (ISO date: runs, results and sizes before it
    are left out; ``history_days`` of the settings unless given).
    """

    def __init__(self, given: Mapping[str, str], metadata: OpenMetadata) -> None:
        super().__init__()
        unknown = sorted(set(given).difference(_OPTIONS))
        if unknown:
            raise InvalidSourceException(f"connectionOptions: {unknown[0]!r} is none of {', '.join(_OPTIONS)}")
        self.metadata = metadata
        try:
            self._settings = load_settings(root=Path(given.get("project") or "."))
            self._options = read_options(self._settings.plugins.config.get(PLUGIN, {}))
            self._database = given.get("database") or self._settings.database_url()[0]
            self._since = _since(given.get("since"), days=self._options.history_days)
        except (HooksError, ValueError) as error:
            raise InvalidSourceException(str(error)) from error
        self._outbox: Outbox | None = None

    @classmethod
    def create(
        cls, config_dict: dict[str, Any], metadata: OpenMetadata, pipeline_name: str | None = None
    ) -> PhloHooksSource:
        """
        Return the source that a workflow's configuration describes.

        Args:
            pipeline_name: Of OpenMetadata's own ingestion pipeline; nothing here depends on it.

        Raises:
            InvalidSourceException: Something in the configuration does not fit.
        """
        del pipeline_name
        connection = WorkflowSource.model_validate(config_dict).serviceConnection.root.config
        options = getattr(connection, "connectionOptions", None)
        return cls(dict(options.root) if options else {}, metadata)

    def prepare(self) -> None:
        """
        Open the state database, for reading.

        Raises:
            InvalidSourceException: There is none, or it cannot be read.
        """
        if self._outbox is None:
            self._outbox = self._look()

    def test_connection(self) -> None:
        """Do what ``prepare`` does."""
        self.prepare()

    def close(self) -> None:
        """Close the state database."""
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None

    def _look(self) -> Outbox:
        try:
            return Outbox.look(self._database)
        except HooksError as error:
            raise InvalidSourceException(str(error)) from error

    def _iter(self) -> Iterator[Either]:
        """Yield every record, what others refer to first; what one needs of the server was written before it."""
        outbox = self._outbox or self._look()
        context = plugin_context(outbox, self._settings, PLUGIN)
        records = Records(Server(self.metadata))
        before: type | None = None
        for requests in collect(outbox, context, self._options, since=self._since):
            for request in requests:
                if type(request) is not before:
                    before = type(request)
                    yield Either(right=Barrier(reason=f"{before.__name__} begins"))
                yield from _eithers(records, request)


def _eithers(records: Records, request: Request) -> Iterator[Either]:
    """Yield what a request becomes; an error of one is told, and stops no other."""
    try:
        for record in records.of(request):
            yield Either(right=record)
    except Exception as error:  # noqa: BLE001  # the server's answers and OpenMetadata's models are foreign code
        yield Either(left=StackTraceError(name=type(request).__name__, error=f"{type(error).__name__}: {error}"))


def _since(text: str | None, *, days: int) -> datetime:
    """Return from when on history is told; a date without a zone is UTC."""
    if text is None:
        return datetime.now(UTC) - timedelta(days=days)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
