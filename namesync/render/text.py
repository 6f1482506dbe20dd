"""The report for people: grouped by database table, one column for each environment where the names fit side by side.

What drifts is marked by a sign and a word as well as by colour. No name is ever shortened: where the names of a table don't
fit beside each other, they stand below each other.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from namesync.model import TableRef
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
_GAP = 2
_ABOUT_NAMES = frozenset({Rule.NAME_DRIFT, Rule.SCHEMA_MISMATCH, Rule.NAME_COLLISION})
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
    file = io.StringIO()
    console = Console(
        file=file,
        width=style.width,
        color_system="standard" if style.color else None,
        force_terminal=style.color,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
        _environ={},
    )
    for part in _parts(report, style):
        console.print(part, soft_wrap=False)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _parts(report: Report, style: Style) -> Iterator[RenderableType]:
    yield _environments(report)
    shown = [finding for finding in report.findings if style.notes or finding.severity > Severity.NOTE]
    for table, findings in groupby(sorted(shown, key=_order), key=lambda finding: finding.key.table):
        yield ""
        yield from _section(table, tuple(findings), report, style.width)
    yield ""
    yield from closing(report, notes=style.notes)


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.key.table, -finding.severity, tuple(Rule).index(finding.rule), finding.key.sort_key)


def _environments(report: Report) -> RenderableType:
    rows: list[tuple[Text, Text]] = []
    for environment in report.environments:
        about = Text(environment_line(environment), "red" if environment.error else "")
        rows.append((Text(visible(environment.name), "bold"), about))
        rows += [(Text(""), Text(f"note: {visible(note)}", "cyan")) for note in environment.notes]
    return _grid(rows)


def _section(table: TableRef, findings: tuple[Finding, ...], report: Report, width: int) -> Iterator[RenderableType]:
    """All findings of one database table, under its name."""
    environments = tuple(environment.name for environment in report.environments if not environment.error)
    cells = [[_cell(finding, environment, report.authority) for environment in environments] for finding in findings]
    heads = [Text(visible(environment), "bold") for environment in environments]
    widths = [max(cell.cell_len for line in column for cell in line.split()) for column in zip(heads, *cells, strict=True)]
    title = Text(table_words(table), "bold underline")
    objects = [Text(object_words(finding.key)) for finding in findings]
    room = width - _INDENT - sum(widths) - _GAP * len(widths)
    beside = room >= _LEAST_OBJECT_WIDTH
    widths = [_INDENT + min(room, max(title.cell_len, *(words.cell_len for words in objects))), *widths]
    yield _grid([[title, *heads]], widths) if beside else title
    abouts = [_about(finding) for finding in findings]
    for place, (finding, names, words) in enumerate(zip(findings, cells, objects, strict=True)):
        what = _grid([[Text(*SIGNS[finding.severity]), words]], gap=_INDENT - 1)
        if beside:
            yield _grid([[what, *names]], widths)
        else:
            yield what
            yield Padding(_below(environments, names), (0, 0, 0, _INDENT))
        if abouts[place : place + 1] != abouts[place + 1 : place + 2]:  # said once, below the last it is true of
            yield Padding(abouts[place], (0, 0, 0, _INDENT))


def _below(environments: Sequence[str], names: Sequence[Text]) -> Table:
    """The names below each other, an environment a line; of many environments, a name a line."""
    if len(environments) <= FEW:
        return _grid([Text(visible(place)), name] for place, name in zip(environments, names, strict=True))
    places: dict[str, tuple[Text, list[str]]] = {}
    for place, name in zip(environments, names, strict=True):
        places.setdefault(name.plain, (name, []))[1].append(visible(place))
    return _grid([name, Text(f"in {', '.join(alike)}")] for name, alike in places.values())


def _grid(rows: Iterable[Iterable[RenderableType]], widths: Sequence[int] = (), gap: int = _GAP) -> Table:
    """Cells in columns, a gap between them; what is too long is folded, never cut."""
    grid = Table.grid(padding=(0, gap, 0, 0), pad_edge=False)
    for width in widths:
        grid.add_column(width=width)
    for row in rows:
        grid.add_row(*row)
    for column in grid.columns:
        column.overflow = "fold"
    return grid


def _cell(finding: Finding, environment: str, authority: str) -> Text:
    """What stands for one environment: its name of the object, or the names that can't be told apart."""
    candidates = finding.candidates.get(environment)
    if candidates:
        return Text("\n".join(map(visible_name, candidates)), "yellow")
    name = finding.names.get(environment)
    if name is None:
        return Text("(absent)", "yellow" if finding.rule is Rule.MISSING_OBJECT else "dim")
    if name == "":
        return Text("(no name)", "dim")
    if finding.rule in _ABOUT_NAMES and name != wanted(finding, authority):
        return Text.assemble((DIFFERS, "red"), (visible_name(name), "red"))
    return Text(visible_name(name))


def _about(finding: Finding) -> Text:
    """What the finding says in plain words, and what its message leaves unsaid."""
    lines = Text.assemble((finding.rule, SIGNS[finding.severity][1]), f": {visible(finding.message)}", overflow="fold")
    for word, name in (("expected", finding.expected), ("declared", finding.declared)):
        if name is not None and name not in finding.message and set(finding.names.values()) - {name, None}:
            lines.append(f"\n{word}: {visible_name(name)}", "green")
    if finding.location is not None:
        place = finding.location
        lines.append(f"\nat {visible(place.file)}:{place.line}:{place.column}", "cyan")
    for told in dict.fromkeys(filter(None, finding.origins.values())):
        places = ", ".join(visible(place) for place, origin in finding.origins.items() if origin == told)
        lines.append(f"\norigin in {places}: {visible(told)}", "dim")
    return lines
