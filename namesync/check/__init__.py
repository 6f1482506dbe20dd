"""Judges what was paired: every rule is a function from one match and its context to a finding, or to none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from namesync.check.context import SCHEMA, Context
from namesync.check.rules import (
    ambiguous_match,
    definition_drift,
    missing_object,
    name_collision,
    name_drift,
    off_convention,
    schema_mismatch,
    unmanaged_object,
)
from namesync.convention import Profile
from namesync.match import Match, Pairs
from namesync.model import Catalog
from namesync.report import Finding, Rule

SingleRule = Callable[[Match, Context], Finding | None]

BETWEEN_ENVIRONMENTS: tuple[SingleRule, ...] = (
    name_drift,
    name_collision,
    definition_drift,
    missing_object,
    off_convention,
    unmanaged_object,
)
"""The rules of `namesync diff`, and of `namesync check` without a schema."""

AGAINST_THE_SCHEMA: tuple[SingleRule, ...] = (schema_mismatch, definition_drift, missing_object, unmanaged_object)
"""The rules of `namesync check` with a schema."""


def check(
    catalogs: Mapping[str, Catalog],
    pairs: Pairs,
    *,
    authority: str,
    profile: Profile,
    declared: Catalog | None = None,
) -> tuple[Finding, ...]:
    """Compare names between environments and with the convention; `declared` only adds what `schema.prisma` says.

    `pairs` is `match(catalogs)`; `authority` one of the catalogs' names.
    """
    return _judge(Context(catalogs, pairs, authority, profile, declared), BETWEEN_ENVIRONMENTS)


def check_declared(
    catalogs: Mapping[str, Catalog], pairs: Pairs, *, authority: str, profile: Profile, declared: Catalog
) -> tuple[Finding, ...]:
    """Compare each environment with the names that `schema.prisma` declares.

    `pairs` is `match` of the catalogs and, under the name `SCHEMA`, of what is declared.
    """
    return _judge(Context({**catalogs, SCHEMA: declared}, pairs, authority, profile), AGAINST_THE_SCHEMA)


def _judge(context: Context, rules: Sequence[SingleRule]) -> tuple[Finding, ...]:
    findings = [finding for match in context.remarkable for rule in rules if (finding := rule(match, context))]
    findings += [ambiguous_match(ambiguity, context) for ambiguity in context.pairs.ambiguous]
    order = {rule: index for index, rule in enumerate(Rule)}
    return tuple(sorted(findings, key=lambda finding: (finding.key.sort_key, order[finding.rule], finding.fingerprint)))
