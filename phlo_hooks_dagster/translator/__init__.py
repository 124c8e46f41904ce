"""Dagster's event log records as events."""

from phlo_hooks_dagster.identity.resolver import DatasetResolver, Resolution
from phlo_hooks_dagster.identity.rules import DatasetRule, StageRule, TranslationRules
from phlo_hooks_dagster.identity.stages import Stage, stage_of
from phlo_hooks_dagster.translator.artifacts import DbtArtifacts, DbtTargetFolders
from phlo_hooks_dagster.translator.errors import TranslationError
from phlo_hooks_dagster.translator.facts import RunFacts
from phlo_hooks_dagster.translator.record import MARKED, WANTED
from phlo_hooks_dagster.translator.runless import translate_runless
from phlo_hooks_dagster.translator.translator import RunTranslator

__all__ = [
    "MARKED",
    "WANTED",
    "DatasetResolver",
    "DatasetRule",
    "DbtArtifacts",
    "DbtTargetFolders",
    "Resolution",
    "RunFacts",
    "RunTranslator",
    "Stage",
    "StageRule",
    "TranslationError",
    "TranslationRules",
    "stage_of",
    "translate_runless",
]
