"""The pull request comment, read as GitHub reads it: by cmark-gfm."""

from __future__ import annotations

import html.parser
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st

from namesync.model import TableRef
from namesync.render import RENDERERS
from namesync.render.markdown import LIMIT, MARKER
from namesync.render.markup import code, prose
from namesync.render.terminal import visible, visible_name
from namesync.report import Report
from tests.render.hostile import NAMES
from tests.render.hostile import report as hostile
from tests.render.reports import CLEAN, DRIFT, EVERYTHING, GUIDE, REPORTS, TENANTS, UNREACHABLE, environment

Golden = Callable[[str, str], None]
GITHUBS_LIMIT = 65_536
OURS = {
    "h3",
    "h4",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "p",
    "ul",
    "li",
    "br",
    "em",
    "strong",
    "code",
    "details",
    "summary",
}


class Page(html.parser.HTMLParser):
    """What a reader sees: the tags, the texts in code and outside of it, the cells of each row of a table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.code: list[str] = []
        self.text = ""
        self.rows: list[int] = []
        self._in_code = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "tr":
            self.rows.append(0)
        if tag in ("td", "th"):
            self.rows[-1] += 1
        if tag == "code":
            self._in_code = True
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.code[-1] += data
        else:
            self.text += data


def page(markdown: str) -> Page:
    return Page(github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))


@pytest.mark.parametrize("name", REPORTS)
def test_golden(name: str, golden: Golden) -> None:
    golden(f"{name}.md", RENDERERS["markdown"](REPORTS[name]))


def test_the_first_line_is_the_marker_a_workflow_looks_for() -> None:
    assert RENDERERS["markdown"](CLEAN).split("\n")[0] == MARKER


def test_every_name_of_a_drift_is_in_the_tables() -> None:
    shown = page(RENDERERS["markdown"](GUIDE))
    assert {name for name in DRIFT.names.values() if name} <= set(shown.code)


def test_what_could_not_be_read_is_told_at_the_top() -> None:
    text = RENDERERS["markdown"](UNREACHABLE)
    assert "1 environment could not be read" in text.split("\n")[1]
    assert "nothing listens there" in page(text).text


def test_many_environments_share_a_column() -> None:
    assert "`Post_authorName_fkey` in 10 environments<br>≠ `old_name` in tenant_03, tenant_07" in RENDERERS["markdown"](TENANTS)


def many(tables: int, each: int = 3) -> Report:
    findings = tuple(
        replace(
            DRIFT,
            key=DRIFT.key._replace(table=TableRef("", f"T{table:05}"), columns=(f"c{column}",)),
            fingerprint=f"{table}.{column}",
        )
        for table in range(tables)
        for column in range(each)
    )
    return replace(GUIDE, findings=findings, objects=len(findings))


def test_a_long_report_is_folded_table_by_table() -> None:
    short, long = RENDERERS["markdown"](many(4)), RENDERERS["markdown"](many(5))
    assert (short.count("<details>"), short.count("#### ")) == (0, 4)
    assert (long.count("<details>"), long.count("#### ")) == (5, 0)
    assert len(page(long).rows) == 3 + 2 + 5 * 4  # environments, rules, tables, each with its head


@pytest.mark.parametrize(
    "report",
    [
        many(2_000),
        many(1, 5_000),
        replace(GUIDE, environments=tuple(environment(f"tenant_{number:04}") for number in range(2_000))),
        replace(GUIDE, warnings=("w" * 1000,) * 1000),
        *(replace(hostile(name * 200), ignored=1) for name in NAMES.values()),
    ],
    ids=["tables", "rows", "environments", "warnings", *NAMES],
)
def test_it_fits_into_a_comment(report: Report) -> None:
    text = RENDERERS["markdown"](report)
    assert len(text) <= LIMIT < GITHUBS_LIMIT


def test_what_does_not_fit_is_counted() -> None:
    text = RENDERERS["markdown"](many(2_000))
    told = re.search(r"\*\*([\d,]+) findings are not shown: a comment has no room for more\.\*\*", text)
    assert told
    shown = len(re.findall(r"^\| ❌ error \| foreign key", text, re.MULTILINE))
    assert shown + int(told[1].replace(",", "")) == 6_000
    assert len(text) > LIMIT * 0.95


def test_one_giant_does_not_crowd_out_the_others() -> None:
    giant = replace(DRIFT, names={"prod": "x" * LIMIT, "dev": "y"}, fingerprint="giant")
    text = RENDERERS["markdown"](replace(GUIDE, findings=(giant, *EVERYTHING.findings)))
    assert "1 finding is not shown" in text
    assert "Custom_Production_Name" in text


def test_errors_come_first() -> None:
    text = RENDERERS["markdown"](EVERYTHING)
    order = [line.split(" | ")[0] for line in text.split("\n") if re.match(r"\| .*(?:error|warning|note) \| (?!`)", line)]
    assert order == ["| ❌ error"] * 2 + ["| ⚠️ warning"] * 2 + ["| ℹ️ note"] + ["| ❌ error"] * 2 + ["| ⚠️ warning", "| ℹ️ note"]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_shown_as_it_is_and_does_nothing(name: str) -> None:
    shown = page(RENDERERS["markdown"](hostile(name)))
    assert shown.tags <= OURS
    assert shown.attributes <= {"align"}
    assert re.sub(r"\s+", " ", visible_name(name)) in [re.sub(r"\s+", " ", text) for text in shown.code]
    assert set(shown.rows) <= {3, 4, 5}  # rules; environments; findings, with two environments that could be read
    assert not re.search(r"@\w|#\d|://\w|www\.|\bGH-\d", shown.text)
    assert visible(shown.text.replace("\n", "").replace("\u200b", "")) == shown.text.replace("\n", "").replace("\u200b", "")


ANYTHING = st.text(st.sampled_from("_*`|\\<>[](){}!&#@:/~$^ abw.-+=\n\t\"'") | st.characters(), min_size=1)


@given(ANYTHING)
def test_any_text_in_a_cell_is_one_cell(text: str) -> None:
    table = f"| a | b | c |\n|---|---|---|\n| {code(text)} | x {prose(text)} | end |\n"
    shown = page(table)
    assert shown.rows == [3, 3]
    assert shown.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert re.sub(" +", " ", shown.code[0]) == re.sub(" +", " ", visible_name(text))


@given(ANYTHING)
def test_any_sentence_is_only_a_sentence(text: str) -> None:
    shown = page(f"- x {prose(text)} y\n")
    assert shown.tags <= {"ul", "li"}
    assert re.sub(r"\s+", " ", shown.text.replace("\u200b", "")).strip() == re.sub(r"\s+", " ", f"x {visible(text)} y")
