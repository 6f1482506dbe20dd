"""Text in columns: within the width, with nothing lost, in the order of the words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from namesync.render.columns import Text, beside, grid, indented, lines, styled, width_of, written

WORDS = st.text(st.sampled_from("ab 漢é-\n"), max_size=60)
PIECES = st.lists(st.tuples(WORDS, st.sampled_from(["", "bold", "bold red"])), min_size=1, max_size=4).map(tuple)


def plain(text: Text) -> str:
    return "".join(piece for piece, _ in text)


@example(text=(("aaaa", ""), (" ", ""), (" ", "")), width=2)
@given(text=PIECES, width=st.integers(2, 30))
def test_lines_keep_every_sign_and_its_style(text: Text, width: int) -> None:
    found = lines(text, width)
    assert [line for line in found if width_of(line) > width] == []
    assert [sign for line in found for sign in signs(line)] == signs(text)


def signs(text: Text) -> list[tuple[str, str]]:
    return [(sign, style) for piece, style in text for sign in piece if not sign.isspace()]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 5, [""]),
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "two"]),
        ("one  two", 7, ["one", "two"]),
        ("a\nb", 5, ["a", "b"]),
        ("a\n\nb", 5, ["a", "", "b"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("a bcdefgh", 3, ["a", "bcd", "efg", "h"]),
        ("abcd ef", 3, ["abc", "d", "ef"]),
        ("漢字漢字", 4, ["漢字", "漢字"]),
        ("漢字a", 3, ["漢", "字a"]),
        ("  deep", 10, ["  deep"]),
    ],
)
def test_where_lines_end(text: str, width: int, expected: list[str]) -> None:
    assert [plain(line) for line in lines(styled(text), width)] == expected


def test_cells_stand_in_their_columns() -> None:
    cells = (styled("one two"), styled(""), styled("three"), styled("漢"))
    found = [written(line, color=False) for line in beside(cells, (3, 2, 5, 2), gaps=[1])]
    assert found == ["one     three  漢", "two"]


@given(left=WORDS, right=WORDS, width=st.integers(12, 60))
def test_two_columns_fit(left: str, right: str, width: int) -> None:
    found = [written(line, color=False) for line in grid([(styled(left), styled(right))], width)]
    assert [line for line in found if cell_len(line) > width] == []


def test_styles_are_codes_only_where_asked() -> None:
    line: Text = (("a", "bold red"), (" b ", ""), ("c", "dim"))
    assert written(line, color=True) == "\x1b[1;31ma\x1b[0m b \x1b[2mc\x1b[0m"
    assert written(line, color=False) == "a b c"
    assert [written(line, color=False) for line in indented([line], 2)] == ["  a b c"]
