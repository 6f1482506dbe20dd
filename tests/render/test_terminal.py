"""What a name looks like on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync.render.terminal import visible, visible_name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("User_email_key", "User_email_key"),
        ("naïve_日本_😀", "naïve_日本_😀"),
        ("two words", "two words"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("a\nb\r\tc\x00", "a\\nb\\r\\tc\\x00"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("line\u2028break", "line\\u2028break"),
        ("no\xa0break", "no\\xa0break"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("[bold]", "[bold]"),
    ],
    ids=ascii,
)
def test_what_does_not_show_itself_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_the_result_is_printable_and_on_one_line(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert visible(shown) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("User_pkey", "User_pkey"),
        ("with space", "with space"),
        ("trailing ", '"trailing "'),
        (" leading", '" leading"'),
        ("(absent)", '"(absent)"'),
        ("!= other", '"!= other"'),
        ('"quoted"', '""quoted""'),
        ("", '""'),
        ("tab\t", '"tab\\t"'),
    ],
    ids=ascii,
)
def test_names_that_would_mislead_stand_in_quotes(name: str, shown: str) -> None:
    assert visible_name(name) == shown
