"""What ``[plugins.config.openmetadata]`` may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from phlo_hooks.exceptions import SettingsError
from phlo_hooks.settings import read_section
from phlo_hooks.settings.rules import Section
from phlo_hooks.subscribers.openmetadata.templates import check_template

PLUGIN: Final = "openmetadata"
"""Its name: of the plugin, its settings, its consumer and what it keeps."""
URL_VARIABLE: Final = "OPENMETADATA_URL"
TOKEN_VARIABLE: Final = "OPENMETADATA_JWT"  # noqa: S105  # the name of a variable


_TEMPLATES: Final = {
    "pipeline_name": ("job", "location", "deployment"),
    "group_name": ("group", "location", "deployment"),
    "api_service": ("host", "deployment"),
    "storage_service": ("scheme", "host", "deployment"),
    "service": ("platform", "namespace", "catalog", "deployment"),
    "database": ("platform", "namespace", "catalog", "deployment"),
}
"""What templates may hold."""


class ServiceRule(Section):
    """
    Which of OpenMetadata's services and databases a platform's datasets are in; the first rule that matches holds.

    Attributes:
        platform: Such as ``postgres``; a glob.
        namespace: The dataset's namespace, such as ``postgres://db.internal:5432``; a glob.
        catalog: The first part of a three-part name; a glob.
        service: Name of the database service there; may hold ``{platform}``, ``{namespace}``, ``{catalog}``,
            ``{deployment}``.
        service_type: OpenMetadata's word, such as ``Postgres``; found by the platform unless given.
        database: Name of the database; may hold the same. The catalog, unless given.
        database_schema: Schema of names that have none.
        case: How names of databases, schemas, tables and columns are spelled there.
    """

    platform: str = "*"
    namespace: str = "*"
    catalog: str = "*"
    service: str | None = None
    service_type: str | None = None
    database: str | None = None
    database_schema: str | None = None
    case: Literal["lower", "upper", "preserve"] | None = None

    @field_validator("service", "database")
    @classmethod
    def _templates_fit(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value if value is None else check_template(value, _TEMPLATES[str(info.field_name)])


class Options(Section):
    """
    The subscriber's settings.

    Attributes:
        url: The server, such as ``http://localhost:8585``; ``OPENMETADATA_URL`` unless given. Without it the
            subscriber is off.
        jwt: The bot's token; better left to ``OPENMETADATA_JWT`` or ``jwt_file``.
        jwt_file: A file that holds the token, read again when the server refuses it.
        verify_ssl: Whether the server's certificate is checked; or the path of a CA bundle.
        timeout: Seconds that one request may take.
        retries: How often one request is tried again at once; beyond that the dispatcher's backoff holds.
        connections: Requests under way at once.
        pipeline_service: Name of the pipeline service.
        pipeline_name: A job's name there; may hold ``{job}``, ``{location}``, ``{deployment}``.
        group_name: An asset group's name there; may hold ``{group}``, ``{location}``, ``{deployment}``.
        dashboard_service: Name of the service that dbt's exposures are in.
        api_service: … that REST sources are in; may hold ``{host}``.
        storage_service: … that files are in; may hold ``{scheme}``, ``{host}``.
        services: Rules for databases.
        tags: Dagster tag, dbt tag or ``meta`` entry to OpenMetadata tag: ``"pii" = "PII.Sensitive"``,
            ``"tier=gold" = "Tier.Tier1"``; a name that ends in ``*`` and a value with ``*`` carry the rest over.
        domains: The same for domains: ``"domain=sales" = "Sales"``.
        data_products: The same for data products.
        owners: Owner as the code says it to owner there: ``"team:core" = "team:Core Data"``, ``"ada@x.org" = "ada"``.
        send_owners: Whether owners are told at all.
        send_sql: Whether statements are told.
        send_profiles: Whether row counts and sizes are told.
        resolve_incidents: Whether a check that passes again resolves its incident, when nobody took it up.
        warn_as: What a check that warned says; the server has no word for it. ``success`` opens no incident, its text
            begins with ``warn``; ``failed`` opens one.
        history_days: How far back ``sync`` brings runs, results and profiles.
    """

    url: str | None = None
    jwt: str | None = Field(default=None, repr=False)
    jwt_file: str | None = None
    verify_ssl: bool | str = True
    timeout: float = Field(default=10.0, gt=0)
    retries: int = Field(default=2, ge=0)
    connections: int = Field(default=4, ge=1, le=32)
    pipeline_service: str = "dagster"
    pipeline_name: str = "{location}.{job}"
    group_name: str = "{location}.group.{group}"
    dashboard_service: str = "dbt_exposures"
    api_service: str = "{host}"
    storage_service: str = "{scheme}_{host}"
    services: list[ServiceRule] = Field(default_factory=list)
    tags: dict[str, str] = Field(default_factory=dict)
    domains: dict[str, str] = Field(default_factory=dict)
    data_products: dict[str, str] = Field(default_factory=dict)
    owners: dict[str, str] = Field(default_factory=dict)
    send_owners: bool = True
    send_sql: bool = True
    send_profiles: bool = True
    resolve_incidents: bool = True
    warn_as: Literal["success", "failed"] = "success"
    history_days: int = Field(default=30, ge=0)

    @field_validator("pipeline_name", "group_name", "api_service", "storage_service")
    @classmethod
    def _templates_fit(cls, value: str, info: ValidationInfo) -> str:
        return check_template(value, _TEMPLATES[str(info.field_name)])


def read_options(config: Mapping[str, Any]) -> Options:
    """
    Return the options of ``plugins.config.openmetadata``.

    Raises:
        SettingsError: A key that does not exist, or a value that does not fit; it is named.
    """
    return read_section(Options, config, name=f"plugins.config.{PLUGIN}")


def server_url(options: Options, environ: Mapping[str, str]) -> str | None:
    """
    Return the server's address without ``/api`` and without a slash at its end; ``None`` where none is configured.

    Raises:
        SettingsError: It is no address of a server, or it holds a user's name and password.
    """
    given = (options.url or environ.get(URL_VARIABLE) or "").strip()
    if not given:
        return None
    try:
        parts = urlsplit(given)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        known = False
    if not known:
        raise SettingsError(f"openmetadata: {_shown(given)!r} is no URL of a server; write http://localhost:8585")
    if "@" in parts.netloc:
        raise SettingsError(
            f"openmetadata: the URL {_shown(given)} holds a user name or password, which the server does not take; "
            f"leave it out, and put a bot's token into {TOKEN_VARIABLE}"
        )
    path = parts.path.rstrip("/").removesuffix("/v1").removesuffix("/api").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _shown(url: str) -> str:
    """Return what may be shown of it: no user, password or query."""
    scheme, mark, rest = url.partition("://")
    address = (rest if mark else scheme).rpartition("@")[2].partition("?")[0]
    return f"{scheme}{mark}{address}" if mark else address
