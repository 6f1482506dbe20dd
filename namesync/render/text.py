"""The report for people: grouped by database table, one column for each environment where the names fit side by side.

What drifts is marked by a sign and a word as well as by colour. No name is ever shortened: where the names of a table don't
fit beside each other, they stand below each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from namesync.model import TableRef
from namesync.render.columns import GAP, Text, beside, grid, indented, lines, styled, width_of, written
from namesync.render.summary import FEW, closing, environment_line
from namesync.render.terminal import visible, visible_name
from namesync.render.words import object_words, table_words, wanted
from namesync.report import Finding, Report, Rule, Severity

SIGNS: Mapping[Severity, tuple[str, str]] = {
    Severity.ERROR: ("x", "bold red"),
    Severity.WARNING: ("!", "yellow"),
    Severity.NOTE: ("-", "cyan"),
}
DIFFERS = "!= "
"""Before a name that is not the one it is compared with."""

_LEAST_OBJECT_WIDTH = 18
_ABOUT_NAMES = frozenset({Rule.NAME_DRIFT, Rule.SCHEMA_MISMATCH, Rule.NAME_COLLISION})
_RULES = {rule: place for place, rule in enumerate(Rule)}
_INDENT = 2


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks. `width` is in columns; `notes`: findings of severity note are shown, not only counted."""

    width: int = 100
    color: bool = False
    notes: bool = False


def render(report: Report, style: Style | None = None) -> str:
    """The report as text, with a newline at its end."""
    style = style or Style()
    return "".join(f"{written(line, color=style.color)}\n" for line in _lines(report, style))


def _lines(report: Report, style: Style) -> Iterator[Text]:
    yield from grid(_environments(report), style.width)
    shown = [finding for finding in report.findings if style.notes or finding.severity > Severity.NOTE]
    for table, findings in groupby(sorted(shown, key=_order), key=lambda finding: finding.key.table):
        yield styled("")
        yield from _section(table, tuple(findings), report, style.width)
    yield styled("")
    for text in closing(report, notes=style.notes):
        yield from lines(text, style.width)


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.key.table, -finding.severity, _RULES[finding.rule], finding.key.sort_key)


def _environments(report: Report) -> Iterator[tuple[Text, Text]]:
    for environment in report.environments:
        about = styled(environment_line(environment), "red" if environment.error else "")
        yield styled(visible(environment.name), "bold"), about
        yield from ((styled(""), styled(f"note: {visible(note)}", "cyan")) for note in environment.notes)


def _section(table: TableRef, findings: tuple[Finding, ...], report: Report, width: int) -> Iterator[Text]:
    """All findings of one database table, under its name."""
    environments = tuple(environment.name for environment in report.environments if not environment.error)
    cells = [[_cell(finding, environment, report.authority) for environment in environments] for finding in findings]
    heads = [styled(visible(environment), "bold") for environment in environments]
    widths = [max(map(width_of, column)) for column in zip(heads, *cells, strict=True)]
    title = styled(table_words(table), "bold underline")
    objects = [styled(object_words(finding.key)) for finding in findings]
    room = width - _INDENT - sum(widths) - GAP * len(widths)
    together = room >= _LEAST_OBJECT_WIDTH
    widths = [_INDENT + min(room, max(width_of(title), *map(width_of, objects))), *widths]
    yield from beside([title, *heads], widths) if together else lines(title, width)
    abouts = [_about(finding) for finding in findings]
    for place, (finding, names, words) in enumerate(zip(findings, cells, objects, strict=True)):
        sign = styled(*SIGNS[finding.severity])
        if together:
            yield from beside([sign, words, *names], [1, widths[0] - _INDENT, *widths[1:]], gaps=[1])
        else:
            yield from beside([sign, words], [1, width - _INDENT], gaps=[1])
            yield from indented(grid(_below(environments, names), width - _INDENT), _INDENT)
        if abouts[place : place + 1] != abouts[place + 1 : place + 2]:  # said once, below the last it is true of
            yield from indented(lines(abouts[place], width - _INDENT), _INDENT)


def _below(environments: Sequence[str], names: Sequence[Text]) -> Iterator[tuple[Text, Text]]:
    """The names below each other, an environment a line; of many environments, a name a line."""
    if len(environments) <= FEW:
        yield from ((styled(visible(place)), name) for place, name in zip(environments, names, strict=True))
        return
    places: dict[Text, list[str]] = {}
    for place, name in zip(environments, names, strict=True):
        places.setdefault(name, []).append(visible(place))
    yield from ((name, styled(f"in {', '.join(alike)}")) for name, alike in places.items())


def _cell(finding: Finding, environment: str, authority: str) -> Text:
    """What stands for one environment: its name of the object, or the names that can't be told apart."""
    candidates = finding.candidates.get(environment)
    if candidates:
        return styled("\n".join(map(visible_name, candidates)), "yellow")
    if environment not in finding.names:
        return styled("(hidden)", "dim")
    name = finding.names[environment]
    if name is None:
        return styled("(absent)", "yellow" if finding.rule is Rule.MISSING_OBJECT else "dim")
    if name == "":
        return styled("(no name)", "dim")
    if finding.rule in _ABOUT_NAMES and name != wanted(finding, authority):
        return styled(DIFFERS + visible_name(name), "red")
    return styled(visible_name(name))


def _about(finding: Finding) -> Text:
    """What the finding says in plain words, and what its message leaves unsaid."""
    about = [(finding.rule.value, SIGNS[finding.severity][1]), (f": {visible(finding.message)}", "")]
    for word, name in (("expected", finding.expected), ("declared", finding.declared)):
        if name is not None and name not in finding.message and set(finding.names.values()) - {name, None}:
            about.append((f"\n{word}: {visible_name(name)}", "green"))
    if finding.location is not None:
        place = finding.location
        about.append((f"\nat {visible(place.file)}:{place.line}:{place.column}", "cyan"))
    for told in dict.fromkeys(filter(None, finding.origins.values())):
        places = ", ".join(visible(place) for place, origin in finding.origins.items() if origin == told)
        about.append((f"\norigin in {places}: {visible(told)}", "dim"))
    return tuple(about)
