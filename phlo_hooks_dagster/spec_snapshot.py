"""What one asset's spec says of it, with the project's translator: the same in the code server and in a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dagster import AssetSpec, Definitions, MetadataValue, TableSchema, TableSchemaMetadataValue

from phlo_hooks.datasets import Column
from phlo_hooks.exceptions import RegistrationError
from phlo_hooks.redaction import redact
from phlo_hooks_dagster.columns import table_columns
from phlo_hooks_dagster.hooks_translator import DagsterHooksTranslator
from phlo_hooks_dagster.identity.naming import parse_dataset
from phlo_hooks_dagster.identity.stage_tag import STAGE_TAG, STAGES
from phlo_hooks_dagster.snapshot import RAW_SQL, AssetSnapshot

STUB: Final = "dagster/auto_created_stub_asset"
TABLE_NAME: Final = "dagster/table_name"
COLUMN_SCHEMA: Final = "dagster/column_schema"
DBT_UNIQUE_ID: Final = "dagster_dbt/unique_id"
TEXT_LIMIT: Final = 2000


class TranslatorError(RegistrationError):
    """
    A translator said what cannot be, or raised.

    Attributes:
        method: Such as ``ShopTranslator.get_stage``.
        asset_key: The asset it was asked about.
    """

    def __init__(self, method: str, asset_key: str, problem: str) -> None:
        super().__init__(f"{method} of asset {asset_key!r} {problem}")
        self.method = method
        self.asset_key = asset_key


@dataclass(frozen=True, kw_only=True)
class Said:
    """
    What a translator says of one asset.

    Attributes:
        by: The translator's class; empty when it says neither stage nor dataset.
    """

    by: str = ""
    stage: str | None = None
    dataset: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    owners: tuple[str, ...] = ()


def said_of(spec: AssetSpec, translator: DagsterHooksTranslator | None) -> Said:
    """
    Return what the translator says of an asset.

    Raises:
        TranslatorError: An answer that cannot be, or the translator's own error as its cause.
    """
    if translator is None or type(translator) is DagsterHooksTranslator:
        return Said()
    stage = _ask(translator, "get_stage", spec, _stage)
    dataset = _ask(translator, "get_dataset", spec, _dataset)
    return Said(
        by=type(translator).__name__ if stage or dataset else "",
        stage=stage,
        dataset=dataset,
        tags=_ask(translator, "get_tags", spec, _tags),
        owners=_ask(translator, "get_owners", spec, _owners),
    )


def check_translator(defs: Definitions, translator: DagsterHooksTranslator) -> None:
    """
    Ask the translator about every asset of the definitions, so that a mistake shows at load.

    Raises:
        TranslatorError: It said what cannot be, or raised.
    """
    for each in defs.assets or ():
        specs = [each] if isinstance(each, AssetSpec) else getattr(each, "specs", [])
        for spec in specs:
            said_of(spec, translator)


def snapshot_of_spec(spec: AssetSpec, translator: DagsterHooksTranslator | None = None, **known: Any) -> AssetSnapshot:
    """
    Return what the spec and the translator say of an asset.

    Args:
        known: Fields of ``AssetSnapshot`` that the spec alone does not tell, such as ``external`` or ``relation``.

    Raises:
        TranslatorError: The translator said what cannot be, or raised.
    """
    said = said_of(spec, translator)
    parts: dict[str, Any] = {
        "key": spec.key.to_user_string(),
        "group": spec.group_name or "default",
        "kinds": tuple(sorted(spec.kinds)),
        "owners": tuple(spec.owners) or said.owners,
        "tags": {**said.tags, **spec.tags},
        "description": _description(spec),
        "deps": tuple(sorted({each.asset_key.to_user_string() for each in spec.deps})),
        "partitioned": spec.partitions_def is not None,
        "table_name": _plain(spec.metadata.get(TABLE_NAME)),
        "columns": _columns(spec.metadata.get(COLUMN_SCHEMA)),
        "code_version": spec.code_version,
        "metadata": _metadata(spec.metadata),
        "stage": said.stage,
        "dataset": said.dataset,
        "translator": said.by,
    }
    return AssetSnapshot(**{**parts, **known})


def _ask(translator: DagsterHooksTranslator, name: str, spec: AssetSpec, read: Callable[[Any], Any]) -> Any:
    method, key = f"{type(translator).__name__}.{name}", spec.key.to_user_string()
    try:
        answer = getattr(translator, name)(spec)
    except Exception as error:  # the project's own code
        raise TranslatorError(method, key, f"raised {type(error).__name__}: {error}") from error
    try:
        return read(answer)
    except (TypeError, ValueError) as error:
        raise TranslatorError(method, key, f"returned {redact({name: answer})[name]!r}: {error}") from None


def _stage(answer: object) -> str | None:
    if answer is None or answer in STAGES:
        return answer  # type: ignore[return-value]  # one of STAGES
    raise ValueError(f"it must be None or one of {', '.join(STAGES)}")


def _dataset(answer: object) -> str | None:
    if answer is None:
        return None
    if not isinstance(answer, str) or parse_dataset(answer) is None:
        raise ValueError("it must be None, namespace and name as duckdb://shop/shop.main.orders, or a URI")
    return answer


def _tags(answer: object) -> dict[str, str]:
    if not isinstance(answer, Mapping) or not all(isinstance(part, str) for pair in answer.items() for part in pair):
        raise TypeError("it must be a mapping of names to values, both text")
    if STAGE_TAG in answer:
        raise ValueError(f"{STAGE_TAG} is what get_stage says")
    return dict(answer)


def _owners(answer: object) -> tuple[str, ...]:
    if isinstance(answer, str) or not hasattr(answer, "__iter__"):
        raise TypeError("it must be a list of owners")
    owners = tuple(answer)
    wrong = [each for each in owners if not isinstance(each, str) or not ("@" in each or each.startswith("team:"))]
    if wrong:
        raise ValueError(f"an owner is an e-mail address or team:name, not {wrong[0]!r}")
    return owners


def _description(spec: AssetSpec) -> str | None:
    """Return what people wrote: not the SQL that dagster-dbt adds, nor what it says when nobody wrote anything."""
    written = (spec.description or "").partition(RAW_SQL)[0].strip()
    kind, *names = (_plain(spec.metadata.get(DBT_UNIQUE_ID)) or "").split(".")
    is_made_up = written in {f"dbt {kind} {name}" for name in names}
    return None if is_made_up else written[:TEXT_LIMIT] or None


def _columns(value: object) -> tuple[Column, ...]:
    schema = value.schema if isinstance(value, TableSchemaMetadataValue) else value
    return table_columns(schema) if isinstance(schema, TableSchema) else ()


def _metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain values; live objects and what has a field of its own are left out."""
    plain = {
        name: value
        for name, raw in sorted(metadata.items())
        if name not in {TABLE_NAME, COLUMN_SCHEMA, STUB} and (value := _plain(raw)) is not None
    }
    found: dict[str, Any] = redact(plain)
    return found


def _plain(raw: object) -> Any:
    value = raw.value if isinstance(raw, MetadataValue) else raw
    if isinstance(value, str):
        return value[:TEXT_LIMIT]
    return value if isinstance(value, (bool, int, float)) else None
