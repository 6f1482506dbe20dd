"""The report for people: golden files in 80 columns and as it goes into a pipe, and what no report may do."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from namesync.render import RENDERERS
from namesync.render.text import Style, render
from namesync.report import Rule, Severity
from tests.render.reports import CLEAN, DRIFT, EVERYTHING, GUIDE, LONG, OFF, REPORTS, TENANTS, UNREACHABLE, environment

Golden = Callable[[str, str], None]

NARROW = Style(width=80)


@pytest.mark.parametrize("name", REPORTS)
def test_in_80_columns(name: str, golden: Golden) -> None:
    golden(f"{name}-80.txt", render(REPORTS[name], NARROW))


@pytest.mark.parametrize("name", REPORTS)
def test_in_a_pipe(name: str, golden: Golden) -> None:
    golden(f"{name}-pipe.txt", RENDERERS["text"](REPORTS[name]))


def test_with_notes(golden: Golden) -> None:
    golden("everything-notes-80.txt", render(EVERYTHING, Style(width=80, notes=True)))


def test_in_color(golden: Golden) -> None:
    golden("guide-color-80.txt", render(GUIDE, Style(width=80, color=True)))


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [20, 40, 80, 100, 200])
def test_no_line_is_wider_than_asked(name: str, width: int) -> None:
    lines = render(REPORTS[name], Style(width=width, notes=True)).splitlines()
    assert [line for line in lines if cell_len(line) > width] == []


@pytest.mark.parametrize("name", REPORTS)
def test_without_color_it_is_plain_ascii(name: str) -> None:
    text = RENDERERS["text"](REPORTS[name])
    assert re.findall(r"[^\n\x20-\x7e]", text) == []


def test_environments_stand_side_by_side_where_their_names_fit() -> None:
    lines = render(GUIDE, NARROW).splitlines()
    assert any("Custom_Production_Name" in line and "Custom_Foreign_Key_Constraint" in line for line in lines)


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_name_is_cut_or_broken(width: int) -> None:
    """A name can be copied from the report in one piece."""
    text = render(EVERYTHING, Style(width=width))
    lines = [line for line in text.splitlines() if LONG in line]
    assert lines


def test_what_drifts_is_marked_without_color() -> None:
    text = render(GUIDE, NARROW)
    assert "!= Custom_Foreign_Key_Constraint" in text
    assert "!= Custom_Production_Name" not in text
    assert "name-drift: " in text


def test_names_are_compared_with_the_authority() -> None:
    text = render(replace(GUIDE, authority="dev"), NARROW)
    assert "!= Custom_Production_Name" in text
    assert "!= Custom_Foreign_Key_Constraint" not in text


def test_notes_are_counted_and_not_shown_unless_asked_for() -> None:
    report = replace(GUIDE, findings=(DRIFT, OFF))
    assert "odd_pk" not in render(report, NARROW)
    assert "off-convention" in render(report, NARROW)
    assert "odd_pk" in render(report, Style(width=80, notes=True))


def test_the_next_command_is_for_what_was_found() -> None:
    assert "namesync explain name-drift" in render(GUIDE, NARROW)
    assert "namesync explain" not in render(CLEAN, NARROW)


def test_the_next_command_names_databases_only() -> None:
    """A schema.prisma that was compared is none that emit could change."""
    schema = replace(GUIDE.environments[0], name="schema", server_version="")
    text = render(replace(GUIDE, environments=(schema, *GUIDE.environments), authority="schema"), NARROW)
    assert "namesync emit --keep-existing prod dev   keep the names of prod" in text


def test_an_unreadable_environment_is_never_clean() -> None:
    text = render(replace(UNREACHABLE, findings=()), NARROW)
    assert "qa could not be read: this comparison is incomplete." in text


def test_of_many_environments_equal_names_share_a_line() -> None:
    text = render(TENANTS, Style(width=100))
    assert "!= old_name" in text
    assert "in tenant_03, tenant_07" in text


def test_markup_in_a_name_is_only_text() -> None:
    report = replace(GUIDE, findings=(replace(DRIFT, names={"prod": "[bold red]x[/]", "dev": ":smile:"}),))
    text = render(report, NARROW)
    assert "[bold red]x[/]" in text
    assert ":smile:" in text


@given(
    name=st.text(min_size=1, max_size=70),
    label=st.text(min_size=1, max_size=70),
    color=st.booleans(),
    width=st.integers(10, 200),
)
def test_strangers_names_cant_forge_a_report(name: str, label: str, color: bool, width: int) -> None:
    """Whatever an object, a table or an environment is called, no control or format character comes through."""
    finding = replace(
        DRIFT,
        key=DRIFT.key._replace(table=DRIFT.key.table._replace(name=name), columns=(name,)),
        names={label: name, "dev": "x"},
        message=name,
        expected=name,
        origins={label: name},
    )
    report = replace(GUIDE, findings=(finding,), environments=(environment(label, name), environment("dev")))
    text = render(report, Style(width, color))
    own = re.compile(r"\x1b\[[0-9;]*m") if color else re.compile(r"(?!)")
    left = own.sub("", text).replace("\n", "")
    assert re.findall("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]", left) == []


def test_findings_of_a_table_are_ordered_by_weight() -> None:
    text = render(EVERYTHING, Style(width=100, notes=True))
    section = text[text.index("\nPost") : text.index("\nUser")]
    found = re.findall(rf"^  ({'|'.join(Rule)}):", section, re.MULTILINE)
    weights = [next(one.severity for one in EVERYTHING.findings if one.rule == rule) for rule in found]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] is Severity.ERROR


def test_what_is_true_of_several_findings_is_said_once() -> None:
    """A table that is missing as a whole has many objects, and one thing to say of them."""
    twins = tuple(replace(DRIFT, key=DRIFT.key._replace(columns=(column,)), fingerprint=column) for column in "abc")
    text = render(replace(GUIDE, findings=(*twins, replace(OFF, rule=Rule.MISSING_OBJECT))), NARROW)
    assert text.count("foreign key (") == 3
    assert text.count("only the name differs") == 1


def test_a_long_environment_name_is_not_cut() -> None:
    label = "environment_" * 9
    text = render(replace(GUIDE, environments=(environment("prod"), environment(label))), NARROW)
    assert label in re.sub(r"\s", "", text)


def test_the_order_of_findings_in_the_report_does_not_matter() -> None:
    turned = replace(EVERYTHING, findings=tuple(reversed(EVERYTHING.findings)))
    assert render(turned) == render(EVERYTHING)


def test_a_report_is_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the process changes nothing: the command line decides about width and colour."""
    before = render(GUIDE)
    for name, value in {"COLUMNS": "33", "FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    assert render(GUIDE) == before


def test_every_report_ends_with_one_newline() -> None:
    assert [name for name, report in REPORTS.items() if not re.search(r"[^\n]\n\Z", render(report))] == []
