"""What every format says in the same words: an object, a table, and what stands for an environment in a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from namesync.check.context import SCHEMA
from namesync.model import KIND_WORDS, Key, TableRef
from namesync.render.terminal import visible_name
from namesync.report import Finding, Report, Rule


class Mark(StrEnum):
    """How an environment stands in a finding; the value is the word reports show."""

    SAME = ""
    DIFFERS = "differs"
    ABSENT = "absent"
    AMBIGUOUS = "can't be told apart"
    DEFINED = "defined differently"
    NAMELESS = "has no name"
    OFF = "off convention"
    UNMANAGED = "unmanaged"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands for one environment: its names of the object (several where they can't be told apart), raw.

    `drifts`: this environment is one the finding is about.
    """

    names: tuple[str, ...]
    mark: Mark
    drifts: bool


def cell(finding: Finding, environment: str, authority: str) -> Cell:
    """How the environment stands in the finding."""
    candidates = finding.candidates.get(environment)
    if candidates:
        return Cell(candidates, Mark.AMBIGUOUS, drifts=True)
    if environment not in finding.names:
        return Cell((), Mark.HIDDEN, drifts=False)
    name = finding.names[environment]
    if name is None:
        return Cell((), Mark.ABSENT, drifts=finding.rule is Rule.MISSING_OBJECT)
    mark = _mark(finding, environment, name, authority)
    return Cell((name,) if name else (), mark, drifts=mark not in (Mark.SAME, Mark.NAMELESS))


def _mark(finding: Finding, environment: str, name: str, authority: str) -> Mark:
    if not name:
        return Mark.NAMELESS
    match finding.rule:
        case Rule.NAME_DRIFT | Rule.NAME_COLLISION | Rule.SCHEMA_MISMATCH if name != wanted(finding, authority):
            return Mark.DIFFERS
        case Rule.DEFINITION_DRIFT if _defined_differently(finding, environment, authority):
            return Mark.DEFINED
        case Rule.OFF_CONVENTION:
            return Mark.OFF
        case Rule.UNMANAGED_OBJECT:
            return Mark.UNMANAGED
        case _:
            return Mark.SAME


def wanted(finding: Finding, authority: str) -> str | None:
    """The name the others are compared with: the declared one, the authority's, or else the first there is."""
    if finding.rule is Rule.SCHEMA_MISMATCH:
        return finding.declared
    return finding.names.get(authority) or next((name for name in finding.names.values() if name), None)


def _defined_differently(finding: Finding, environment: str, authority: str) -> bool:
    """Whether its definition is not the schema's, or else the authority's, or else that of the first environment there is."""
    for values in finding.differences.values():
        model = next((values[name] for name in (SCHEMA, authority) if name in values), next(iter(values.values())))
        if values.get(environment, model) != model:
            return True
    return False


def object_words(key: Key, arrow: str = "->") -> str:
    """`foreign key (authorName) -> User (name)`: an object within its table."""
    words = f"{KIND_WORDS[key.kind]} ({columns_words(key.columns)})"
    if key.references is None:
        return words
    return f"{words} {arrow} {table_words(key.references.table)} ({columns_words(key.references.columns)})"


def table_words(table: TableRef) -> str:
    """`Post`, or `public.Post` where several schemas are in scope."""
    return ".".join(visible_name(part) for part in (table.schema, table.name) if part)


def columns_words(columns: Iterable[str]) -> str:
    """`a, b`."""
    return ", ".join(map(visible_name, columns))


def counted(number: int, word: str) -> str:
    """`1 error`, `2 errors`, `1,000 errors`."""
    return f"{number:,} {word if number == 1 else f'{word}s'}"


def left_out(report: Report) -> list[str]:
    """What was found and is not reported: `2 findings ignored on purpose`."""
    told = {"ignored on purpose": report.ignored, "accepted by the baseline": report.accepted}
    return [f"{counted(number, 'finding')} {why}" for why, number in told.items() if number]


def verdict(report: Report) -> str:
    """`3 errors, 1 warning: 11 objects compared in 2 environments`, and whether that is all."""
    read = [environment.name for environment in report.environments if not environment.error]
    if not read:
        return "nothing was compared, no environment could be read"
    weights = Counter(finding.severity for finding in report.findings)
    found = ", ".join(counted(weights[severity], severity.word) for severity in sorted(weights, reverse=True))
    compared = f"{counted(report.objects, 'object')} compared in {counted(len(read), 'environment')}"
    unread = len(report.environments) - len(read)
    incomplete = f", {counted(unread, 'environment')} could not be read" if unread else ""
    return f"{found or 'no findings'}: {compared}{incomplete}"
