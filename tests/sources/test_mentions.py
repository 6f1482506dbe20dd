"""Names in source text: whole words, however many are looked for."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync.sources.mentions import Mentions


def found(text: str, *names: str, any_case: tuple[str, ...] = (), quotes: str = "") -> list[str]:
    return [name for _, name in Mentions(names, any_case=any_case, quotes=quotes).find(text)]


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        pytest.param("a User_email_key b", ["User_email_key"], ["User_email_key"], id="a word"),
        pytest.param("User_email_key2 xUser_email_key User_email_key$", ["User_email_key"], [], id="part of another word"),
        pytest.param('"User.email_unique"', ["User.email_unique", "User"], ["User.email_unique"], id="the longer one"),
        pytest.param("User.email_uniq", ["User.email_unique", "User"], ["User"], id="only the shorter one"),
        pytest.param("'posts by author'", ["posts by author"], ["posts by author"], id="spaces"),
        pytest.param("a.*(b)", ["a.*(b)", "a"], ["a.*(b)"], id="signs of a pattern"),
        pytest.param("übergröße ключ", ["ключ", "größe"], ["ключ"], id="letters of any script"),
        pytest.param("user_email_key", ["User_email_key"], [], id="case"),
        pytest.param("anything", [], [], id="no names"),
        pytest.param("anything", [""], [], id="the empty name"),
        pytest.param("a b a", ["b", "a"], ["a", "b", "a"], id="in the order of the text"),
    ],
)
def test_words(text: str, names: list[str], expected: list[str]) -> None:
    assert found(text, *names) == expected


def test_any_case_where_it_is_asked_for() -> None:
    assert found("USER_IDX user_idx Post_Idx post_idx", "user_idx", "Post_Idx", any_case=("user_idx",)) == [
        "user_idx",
        "user_idx",
        "Post_Idx",
    ]


def test_marks_are_doubled_inside_of_quotes() -> None:
    assert found('"say ""hi""" it\'\'s', 'say "hi"', "it's", quotes="\"'") == ['say "hi"', "it's"]


@given(st.sets(st.text('ab.$ "', min_size=1, max_size=4), max_size=8), st.text('ab.$ "', max_size=30))
def test_the_same_as_a_plain_search(names: set[str], text: str) -> None:
    """Written once or not, what names share changes nothing."""
    plain = "|".join(re.escape(name) for name in sorted(names, key=lambda name: (-len(name), name)))
    expected = [hit[0] for hit in re.finditer(rf"(?<![\w$])(?:{plain})(?![\w$])", text)] if names else []
    assert found(text, *names) == expected


def test_names_that_begin_with_one_another_without_end() -> None:
    """Deeper than a regular expression nests; a snapshot may say so."""
    names = ["a" * length for length in range(1, 300)]
    assert found(f"{'a' * 299} {'a' * 3} {'a' * 301}", *names) == [names[-1], names[2]]
