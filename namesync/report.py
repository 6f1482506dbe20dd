"""What a comparison found, as a value: every renderer is a function `Report -> str`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from namesync.model import Key, Location, Provider


class Severity(IntEnum):
    """How much a finding weighs; `--fail-on` compares them."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        """`error`, `warning` or `note`, as the formats spell it."""
        return self.name.lower()


class Rule(StrEnum):
    """The stable rule ids, in the order reports show them."""

    NAME_DRIFT = "name-drift"
    SCHEMA_MISMATCH = "schema-mismatch"
    NAME_COLLISION = "name-collision"
    AMBIGUOUS_MATCH = "ambiguous-match"
    DEFINITION_DRIFT = "definition-drift"
    MISSING_OBJECT = "missing-object"
    OFF_CONVENTION = "off-convention"
    UNMANAGED_OBJECT = "unmanaged-object"


SEVERITIES: Mapping[Rule, Severity] = {
    Rule.NAME_DRIFT: Severity.ERROR,
    Rule.SCHEMA_MISMATCH: Severity.ERROR,
    Rule.NAME_COLLISION: Severity.ERROR,
    Rule.AMBIGUOUS_MATCH: Severity.WARNING,
    Rule.DEFINITION_DRIFT: Severity.WARNING,
    Rule.MISSING_OBJECT: Severity.WARNING,
    Rule.OFF_CONVENTION: Severity.NOTE,
    Rule.UNMANAGED_OBJECT: Severity.NOTE,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement about one key.

    `names` has an entry for each environment: the object's name, "" where the object is there and the server keeps no name
    for it, None where the object is absent; there is none where the role may be unable to see it. `expected` is the
    convention's name, `declared` what `schema.prisma` says (each None where there is none). `origins` tells in words where
    an odd name comes from, None where that can't be told.
    `candidates` (ambiguous-match) lists the names that can't be told apart. `differences` (definition-drift): what differs ->
    environment -> its value. `fingerprint` depends on rule and key, never on names: it follows a finding from run to run.
    """

    rule: Rule
    key: Key
    names: Mapping[str, str | None]
    message: str
    fingerprint: str
    expected: str | None = None
    declared: str | None = None
    origins: Mapping[str, str | None] = field(default_factory=dict)
    candidates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    differences: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    location: Location | None = None

    @property
    def severity(self) -> Severity:
        """The severity of its rule."""
        return SEVERITIES[self.rule]


@dataclass(frozen=True, slots=True)
class EnvironmentSummary:
    """One environment as reports show it. `error` says why it could not be read (then the numbers are 0).

    `argument` names it on a command line: None for its name, "" where that would be a URL, which is not repeated.
    """

    name: str
    provider: Provider | None
    server_version: str
    schemas: tuple[str, ...]
    tables: int
    objects: int
    error: str = ""
    notes: tuple[str, ...] = ()  # what this role can't see, and such
    argument: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one command.

    `objects` counts the keys compared, `ignored` the findings left out by the configuration or by comments in `schema.prisma`,
    `accepted` those left out by a baseline. `partly`: environments whose role may not see every object -> the keys it saw.
    """

    command: str
    convention: str
    environments: tuple[EnvironmentSummary, ...]
    findings: tuple[Finding, ...]
    objects: int
    authority: str = ""
    warnings: tuple[str, ...] = ()
    ignored: int = 0
    accepted: int = 0
    partly: Mapping[str, frozenset[Key]] = field(default_factory=dict, repr=False)

    @property
    def summary(self) -> dict[str, int]:
        """`{"objects": n, "<rule>": count, ...}` with every rule, found or not."""
        counts = Counter(finding.rule for finding in self.findings)
        return {"objects": self.objects, **{rule.value: counts[rule] for rule in Rule}}

    @property
    def failed(self) -> bool:
        """Whether an environment could not be read: then the exit code is 2, whatever was found."""
        return any(environment.error for environment in self.environments)

    def exit_code(self, fail_on: Severity | None = Severity.ERROR) -> int:
        """0 nothing found at or above `fail_on` (None: never fails), 1 something found, 2 could not run."""
        if self.failed:
            return 2
        return int(fail_on is not None and any(finding.severity >= fail_on for finding in self.findings))
