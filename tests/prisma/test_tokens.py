"""Tokens lose nothing, whatever the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from namesync.prisma.tokens import TokenKind, tokenize

# Text made of what the language is made of finds more than random characters do.
PIECES = (
    "model",
    "A",
    "{",
    "}",
    "@@",
    "@id",
    "(",
    '"',
    "\\",
    '\\"',
    "//",
    "/*",
    "*/",
    "\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "\ufeff",
    "1",
    "-",
    ".",
)
SCHEMA_LIKE = st.lists(st.sampled_from(PIECES) | st.text(max_size=3)).map("".join)


@given(st.text() | SCHEMA_LIKE)
@example("\ufeffmodel A {\r\n\tid Int @id // no last newline\r}")
@example('map: "no end')
@example("/* no end")
def test_joined_tokens_are_the_text(text: str) -> None:
    found = list(tokenize(text))
    assert "".join(token.text for token in found) == text
    assert [token.start for token in found] == [
        sum(len(before.text) for before in found[:place]) for place in range(len(found))
    ]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param("\ufeffa", "BYTE_ORDER_MARK WORD", id="byte order mark"),
        pytest.param("a\ufeff", "WORD UNKNOWN", id="byte order mark elsewhere"),
        pytest.param("\r\n\r\n\n\r", "NEWLINE NEWLINE NEWLINE NEWLINE", id="every line ending"),
        pytest.param(" \t\u00a0\u2003\u3000", "SPACE", id="spaces of Unicode"),
        pytest.param("\u2028", "UNKNOWN", id="a line separator ends no line"),
        pytest.param('// "a" /*\n/// b', "COMMENT NEWLINE COMMENT", id="line comments"),
        pytest.param("/* a\n// */b", "COMMENT WORD", id="block comment"),
        pytest.param("/*/ a */", "COMMENT", id="block comment that seems closed"),
        pytest.param('"a \\" // b"c', "STRING WORD", id="string"),
        pytest.param('"a\nb"', "UNKNOWN NEWLINE WORD UNKNOWN", id="no string over two lines"),
        pytest.param('"a\tb"', "UNKNOWN", id="no raw tab in a string"),
        pytest.param("@@index([a_1,b-2])", "MARK WORD MARK MARK WORD MARK WORD MARK MARK", id="attribute"),
        pytest.param("@db.VarChar", "MARK WORD", id="path"),
        pytest.param("-1.5 2a 3", "NUMBER SPACE WORD SPACE NUMBER", id="numbers"),
        pytest.param("Größe 名前 _a", "WORD SPACE WORD SPACE UNKNOWN WORD", id="letters of any script, no underscore first"),
    ],
)
def test_kinds(text: str, kinds: str) -> None:
    assert [token.kind for token in tokenize(text)] == [TokenKind[kind] for kind in kinds.split()]


@pytest.mark.parametrize("piece", ["/*", '"\\', '\\"', "/", "@", '"'])
def test_long_nonsense_takes_linear_time(piece: str) -> None:
    """What looks for its end in vain does so once."""
    start = time.process_time()
    for _ in tokenize(piece * 200_000):
        pass
    assert time.process_time() - start < 10
