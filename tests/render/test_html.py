"""The HTML report as text: what is in the file, what its policy allows, what its pictures show."""

from __future__ import annotations

import html.parser
import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from namesync import __version__
from namesync.model import TableRef
from namesync.render import RENDERERS
from namesync.render.html import render
from namesync.render.html.data import rows
from namesync.render.html.history import RUNS, Moment, course
from namesync.render.html.picture import ENVIRONMENTS, TABLES, Map, drift_map
from namesync.report import Report, Rule, Severity
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.reports import (
    AMBIGUOUS,
    CLEAN,
    DEFINITION,
    DRIFT,
    EVERYTHING,
    GUIDE,
    MISMATCH,
    OFF,
    REPORTS,
    TENANTS,
    UNMANAGED,
    environment,
)

Golden = Callable[[str, str], None]
DAY = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
VOID = {"meta", "link", "input", "br", "hr", "img", "rect", "circle", "line", "path"}


class Page(html.parser.HTMLParser):
    """The elements with their attributes and texts; it fails on an element that is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("p", "li"):
            assert self._open[-1] == tag, (tag, self._open[-5:])
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.elements if found == tag]


def page(report: Report) -> Page:
    return Page(render(report))


def data(report: Report) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', render(report), re.DOTALL)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.parametrize("name", ["everything", "clean", "unreachable", "tenants"])
def test_golden(name: str, golden: Golden) -> None:
    """Without the style and the script, which the browser's tests are for, and the rules' pages."""
    text = RENDERERS["html"](REPORTS[name]).replace(f"</code> {__version__}.", "</code> VERSION.")
    text = re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL)
    text = re.sub(r"<script>.*?</script>", "<script></script>", text, flags=re.DOTALL)
    text = re.sub(r'(<details class="help" id="[\w-]+">).*?</details>', r"\1</details>", text, flags=re.DOTALL)
    text = re.sub(r"sha256-[\w+/=]+", "sha256-", text)
    golden(f"{name}.html", text)


def test_it_is_the_same_every_time() -> None:
    assert render(EVERYTHING) == render(EVERYTHING)


@pytest.mark.parametrize("report", [*REPORTS.values(), *map(hostile, NAMES.values())], ids=[*REPORTS, *NAMES])
def test_the_policy_allows_the_pages_own_script_and_style_and_nothing_else(report: Report) -> None:
    found = page(report)
    [policy] = [meta["content"] for meta in found.attributes("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in str(policy).split("; "))
    _, script = found.texts["script"]
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
    assert rules["style-src"] == f"'sha256-{b64encode(sha256(found.texts['style'][0].encode()).digest()).decode()}'"
    assert len(found.texts["script"]) == 2
    assert len(found.texts["style"]) == 1


@pytest.mark.parametrize("report", [*REPORTS.values(), *map(hostile, NAMES.values())], ids=[*REPORTS, *NAMES])
def test_nothing_leads_out_of_the_file(report: Report) -> None:
    found = page(report)
    links = [
        value for _, attributes in found.elements for name, value in attributes.items() if name in {"src", "href", "action"}
    ]
    assert [link for link in links if not str(link).startswith(("#", "data:,"))] == []
    assert [name for _, attributes in found.elements for name in attributes if name == "style" or name.startswith("on")] == []
    assert not {tag for tag, _ in found.elements} & {"img", "iframe", "object", "embed", "base", "use", "image"}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_changes_no_element(name: str) -> None:
    """The page of a hostile report has the elements of the same report with harmless names."""
    elements = [tag for tag, _ in page(hostile(name)).elements]
    assert elements == [tag for tag, _ in page(hostile("harmless")).elements]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_the_page_is_text_a_browser_shows(name: str) -> None:
    text = render(hostile(name))
    text.encode()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", text)


@pytest.mark.parametrize("report", [EVERYTHING, replace(GUIDE, findings=(UNMANAGED,))], ids=["everything", "one rule"])
def test_ids_are_unique_and_links_within_the_page_lead_somewhere(report: Report) -> None:
    found = page(report)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [str(link["href"]).removeprefix("#") for link in found.attributes("a")]
    assert {link for link in links if "=" not in link} <= set(map(str, ids))


def test_a_clean_report_has_no_list_and_no_map() -> None:
    found = page(CLEAN)
    assert not {"svg", "form"} & {tag for tag, _ in found.elements}
    assert "No findings: 11 objects compared, and every name is as it should be." in render(CLEAN)


# The list's data.


def test_findings_of_one_object_are_one_row() -> None:
    both = (DRIFT, replace(DRIFT, rule=Rule.MISSING_OBJECT, fingerprint="x"))
    assert [len(findings) for findings in rows(replace(GUIDE, findings=both))] == [2]
    twins = (AMBIGUOUS, replace(AMBIGUOUS, candidates={"prod": ("z",)}, fingerprint="y"))
    assert [len(findings) for findings in rows(replace(GUIDE, findings=twins))] == [1, 1]


def test_the_weightiest_tables_come_first_and_in_them_the_weightiest_objects() -> None:
    def at(rule: Rule, table: str, column: str) -> Any:
        return replace(OFF, rule=rule, key=OFF.key._replace(table=TableRef("", table), columns=(column,)))

    findings = (at(Rule.OFF_CONVENTION, "A", "a"), at(Rule.OFF_CONVENTION, "B", "a"), at(Rule.NAME_DRIFT, "B", "b"))
    found = [(row[0].key.table.name, row[0].key.columns[0]) for row in rows(replace(GUIDE, findings=findings))]
    assert found == [("B", "b"), ("B", "a"), ("A", "a")]


def test_a_row_says_how_each_environment_stands() -> None:
    found = data(replace(GUIDE, findings=(DRIFT,)))
    [row] = found["rows"]
    cells = [
        (found["marks"][mark], bool(drifts), [found["texts"][name] for name in names])
        for mark, drifts, names, *_ in row["cells"]
    ]
    assert cells == [("", False, ["Custom_Production_Name"]), ("differs", True, ["Custom_Foreign_Key_Constraint"])]


def test_environments_that_are_alike_are_told_once_and_the_most_not_at_all() -> None:
    found = data(TENANTS)
    [most, others] = found["rows"][0]["cells"]
    assert len(most) == 3
    assert others[3] == [3, 7]


def test_the_schema_has_a_column_where_it_takes_part() -> None:
    undeclared = replace(OFF, rule=Rule.MISSING_OBJECT, fingerprint="x")
    found = data(replace(GUIDE, findings=(MISMATCH, undeclared)))
    assert found["environments"] == ["prod", "dev", "schema.prisma"]
    cells = {
        found["texts"][row["object"]]: [
            (found["marks"][mark], bool(drifts), [found["texts"][name] for name in names])
            for mark, drifts, names, *places in row["cells"]
            if places == [[2]]
        ]
        for row in found["rows"]
    }
    assert cells["primary key (id)"] == [("absent", True, [])]
    assert "schema.prisma" not in data(GUIDE)["environments"]


def test_what_differs_in_a_definition_is_told() -> None:
    found = data(replace(GUIDE, findings=(DEFINITION,)))
    facts = {found["texts"][word]: found["texts"][fact] for word, fact in found["rows"][0]["facts"]}
    assert facts["method"] == "prod: btree; dev: hash"


# The map.


def drawn(report: Report) -> Map:
    found = drift_map(report, rows(report))
    assert found is not None
    return found


def test_the_map_counts_objects_by_table_and_environment() -> None:
    found = drawn(EVERYTHING)
    squares = {
        (found.tables[square.down], found.environments[square.across]): (square.count, square.severity.word)
        for square in found.squares
    }
    assert squares == {
        ("Post", "prod"): (3, "warning"),  # ambiguous, missing, off convention
        ("Post", "dev"): (4, "error"),
        ("User", "prod"): (1, "note"),
        ("User", "dev"): (4, "error"),
    }


def test_a_large_map_shows_where_most_is_and_says_what_it_leaves_out() -> None:
    environments = tuple(environment(f"e{number:02}") for number in range(30))
    names: dict[str, str | None] = {one.name: "old" if one.name in {"e28", "e29"} else "new" for one in environments}
    findings = [
        replace(DRIFT, key=DRIFT.key._replace(table=TableRef("", f"T{number:02}")), names=names, fingerprint=str(number))
        for number in range(25)
    ]
    findings.append(replace(findings[24], key=findings[24].key._replace(columns=("other",)), fingerprint="more"))
    found = drawn(replace(GUIDE, environments=environments, findings=tuple(findings), authority="e00"))
    assert (len(found.tables), len(found.environments)) == (TABLES, ENVIRONMENTS)
    assert found.tables[0] == "T24"
    assert {"e28", "e29"} <= set(found.environments)
    assert found.left_out == "20 of 25 tables and 24 of 30 environments, those with the most drift"


# How it went.


def moments(number: int) -> list[Moment]:
    return [Moment(DAY + timedelta(days=day), {Severity.ERROR: number - day, Severity.NOTE: 1}) for day in range(number)]


def test_without_a_history_there_is_no_picture_of_it() -> None:
    assert "How it went" not in render(GUIDE)
    assert "How it went" not in render(GUIDE, moments(1))


def test_the_history_is_drawn_and_written() -> None:
    text = render(GUIDE, moments(3))
    assert "3 runs, at most 4 findings." in text
    assert "2026-11-01 06:30: 3 errors, 1 note" in text
    Page(text)


def test_runs_stand_in_the_order_of_time_stacked_by_severity() -> None:
    found = course(list(reversed(moments(4))))
    assert found is not None
    assert (found.first, found.last, found.top) == ("2026-11-01", "2026-11-04", 5)
    heights = [[(severity.word, y + height) for severity, y, height in bar.parts] for bar in found.bars]
    assert heights[0] == [("error", found.height), ("note", found.height - found.bars[0].parts[0][2])]
    assert [bar.x for bar in found.bars] == sorted(bar.x for bar in found.bars)


def test_only_the_last_runs_are_drawn() -> None:
    found = course([Moment(DAY + timedelta(hours=hour), {}) for hour in range(RUNS + 5)])
    assert found is not None
    assert len(found.bars) == RUNS
    assert found.bars[0].words == "2026-11-01 11:30: no findings"
