"""A comment for a pull request: the verdict, the environments, and a table for each database table that has findings.

Long reports are folded, and what does not fit into a comment is counted at its end. The first line is a marker by which a
workflow finds its own comment again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from namesync.model import TableRef
from namesync.render.markup import code, prose
from namesync.render.pages import title
from namesync.render.words import Cell, Mark, cell, counted, left_out, object_words, table_words, verdict
from namesync.report import SEVERITIES, EnvironmentSummary, Finding, Report, Rule, Severity

MARKER = "<!-- namesync -->"
LIMIT = 60_000
"""Characters of a comment: GitHub takes 65,536, and a workflow may want to add a few words of its own."""

_OPEN = 12
"""More findings than these are folded, table by table."""
_BESIDE = 5
"""More environments than these share one column, and are counted where more than these have the same name."""
_SIGNS = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning", Severity.NOTE: "ℹ️ note"}
_SPEAKS_FOR_ITSELF = frozenset({Rule.NAME_DRIFT, Rule.SCHEMA_MISMATCH, Rule.OFF_CONVENTION})
"""Rules whose message says no more than the row's names."""


def render(report: Report) -> str:
    """The report as GitHub Flavored Markdown, no longer than `LIMIT`, with a newline at its end."""
    sections = _sections(report)
    head, foot = _head(report), _next(report)
    room = LIMIT - len(head) - len(foot) - len(_not_shown(len(report.findings)))
    parts, left = [head], 0
    for section in sections:
        rows = _fitting(section.rows, room - section.frame)
        left += len(section.rows) - len(rows)
        if rows:
            parts.append(section.text(rows))
            room -= len(parts[-1])
    return "".join([*parts, _not_shown(left) if left else "", foot])


def _next(report: Report) -> str:
    """The pages of the rules that failed."""
    counts = report.summary
    rules = [rule for rule in Rule if counts[rule] and SEVERITIES[rule] is Severity.ERROR]
    return f"\nWhat to do: {', '.join(f'`namesync explain {rule}`' for rule in rules)}.\n" if rules else ""


@dataclass(frozen=True, slots=True)
class Section:
    """A table of the comment: what stands before its rows, the rows, what stands after them."""

    before: str
    rows: tuple[str, ...]
    after: str

    @property
    def frame(self) -> int:
        """The characters beside the rows."""
        return len(self.before) + len(self.after)

    def text(self, rows: Iterable[str]) -> str:
        """The section with some of its rows."""
        return "".join([self.before, *rows, self.after])


def _fitting(rows: Iterable[str], room: int) -> list[str]:
    """The rows, in order, that fit into so many characters."""
    taken = []
    for row in rows:
        if len(row) <= room:
            taken.append(row)
            room -= len(row)
    return taken


def _not_shown(findings: int) -> str:
    are = "is" if findings == 1 else "are"
    return (
        f"\n**{counted(findings, 'finding')} {are} not shown: a comment has no room for more.** "
        "`namesync report` and `--format json` have all of them.\n"
    )


def _head(report: Report) -> str:
    """What was found, where, and what could not be read; a third of the comment at most."""
    parts = [MARKER, f"\n### namesync {report.command}: {prose(verdict(report))}\n"]
    rows = [_environment_row(environment) for environment in report.environments]
    shown = _fitting(rows, LIMIT // 6)
    parts += ["\n| environment | server | tables | objects |\n|---|---|--:|--:|\n", *shown]
    if len(shown) < len(rows):
        parts.append(f"\n{counted(len(rows) - len(shown), 'more environment')}.\n")
    counts = report.summary
    found = [rule for rule in Rule if counts[rule]]
    if found:
        parts.append("\n| | rule | found | |\n|---|---|--:|---|\n")
        parts += [f"| {_SIGNS[SEVERITIES[rule]]} | `{rule}` | {counts[rule]:,} | {title(rule)} |\n" for rule in found]
    told = [f"- warning: {prose(warning)}\n" for warning in report.warnings]
    told += [f"- {words}\n" for words in left_out(report)]
    return "".join([*parts, *(["\n"] if told else []), *_fitting(told, LIMIT // 6)])


def _environment_row(environment: EnvironmentSummary) -> str:
    if environment.error:
        told = f"**could not be read, so this comparison is incomplete:** {prose(environment.error)}"
        return f"| {code(environment.name)} | {told} | | |\n"
    server = " ".join(filter(None, (environment.provider or "", environment.server_version)))
    told = prose(", ".join([server, *environment.schemas]))
    notes = "".join(f"<br>{prose(note)}" for note in environment.notes)
    return f"| {code(environment.name)} | {told}{notes} | {environment.tables:,} | {environment.objects:,} |\n"


def _sections(report: Report) -> list[Section]:
    """One for each table, those with the weightiest findings first."""
    tables: dict[TableRef, list[Finding]] = {}
    for finding in sorted(report.findings, key=lambda finding: (-finding.severity, finding.key.sort_key)):
        tables.setdefault(finding.key.table, []).append(finding)
    return [_section(table, findings, report) for table, findings in tables.items()]


def _section(table: TableRef, findings: Sequence[Finding], report: Report) -> Section:
    name = code(table_words(table))
    environments = [environment.name for environment in report.environments if not environment.error]
    heads = [code(environment) for environment in environments] if len(environments) <= _BESIDE else ["names"]
    head = f"| | object | {' | '.join(heads)} | finding |\n|{'---|' * (len(heads) + 3)}\n"
    rows = tuple(_row(finding, environments, report.authority) for finding in findings)
    if len(report.findings) <= _OPEN:
        return Section(f"\n#### {name}\n\n{head}", rows, "")
    title = f"<code>{prose(table_words(table))}</code>: {counted(len(findings), 'finding')}"  # Markdown is not read in HTML
    return Section(f"\n<details><summary>{title}</summary>\n\n{head}", rows, "\n</details>\n")


def _row(finding: Finding, environments: Sequence[str], authority: str) -> str:
    cells = {environment: cell(finding, environment, authority) for environment in environments}
    shown = [_cell(one) for one in cells.values()] if len(environments) <= _BESIDE else ["<br>".join(_together(cells))]
    return f"| {_SIGNS[finding.severity]} | {prose(object_words(finding.key))} | {' | '.join(shown)} | {_about(finding)} |\n"


def _cell(one: Cell) -> str:
    names = "<br>".join(map(code, one.names))
    match one.mark:
        case Mark.DIFFERS:
            return f"≠ {names}"
        case Mark.ABSENT | Mark.HIDDEN:
            return f"*({one.mark})*"
        case Mark.NAMELESS:
            return "*(no name)*"
        case Mark.DEFINED:
            return f"{names} *({one.mark})*"
        case _:
            return names


def _together(cells: dict[str, Cell]) -> Iterator[str]:
    """Each name once, with the environments that have it."""
    alike: dict[Cell, list[str]] = {}
    for environment, one in cells.items():
        alike.setdefault(one, []).append(environment)
    for one, places in alike.items():
        few = len(places) <= _BESIDE
        yield f"{_cell(one)} in {prose(', '.join(places)) if few else counted(len(places), 'environment')}"


def _about(finding: Finding) -> str:
    lines = [f"`{finding.rule}`"]
    if finding.rule not in _SPEAKS_FOR_ITSELF:
        lines.append(prose(finding.message))
    if finding.declared is not None:
        lines.append(f"declared: {code(finding.declared)}")
    if finding.expected not in (None, finding.declared) and set(finding.names.values()) - {finding.expected, None}:
        lines.append(f"Prisma's default: {code(finding.expected)}")
    for told in dict.fromkeys(filter(None, finding.origins.values())):
        places = ", ".join(environment for environment, origin in finding.origins.items() if origin == told)
        lines.append(prose(f"{places}: {told}"))
    return "<br>".join(lines)
