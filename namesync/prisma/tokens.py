"""The tokens of Prisma's schema language, without loss: joined, they are the text, whatever the text.

The words are those of prisma-engines' grammar (`psl/schema-ast/src/parser/datamodel.pest`). What the language has no place for
is an UNKNOWN token, which the parser refuses with its position.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple


class TokenKind(Enum):
    """What a token is. A NEWLINE ends a statement; spaces are those of Unicode's category Zs, and the tab. Only the parser
    knows of an END."""

    BYTE_ORDER_MARK = "byte order mark"
    SPACE = "space"
    NEWLINE = "end of line"
    COMMENT = "comment"
    STRING = "string"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"
    END = "end of the file"
    UNKNOWN = "unknown"


class Token(NamedTuple):
    """One piece of the text, at its offset."""

    kind: TokenKind
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.start + len(self.text)


# A number is one only where no word goes on. A string ends on its line. A comment or string without an end is one UNKNOWN
# token up to where it should have ended: looking for the end again behind it would be quadratic.
_PATTERNS = {
    TokenKind.BYTE_ORDER_MARK: r"\A\ufeff",
    TokenKind.NEWLINE: r"\r\n|\n|\r",
    TokenKind.SPACE: r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+",
    TokenKind.COMMENT: r"//[^\r\n]*|/\*[\s\S]*?\*/",
    TokenKind.STRING: r'"(?:\\[^\x00-\x1f]|[^"\\\x00-\x1f])*"',
    TokenKind.NUMBER: r"-?[0-9]+(?:\.[0-9]+)?(?![\w.-])",
    TokenKind.WORD: r"[^\W_][\w-]*(?:\.[^\W_][\w-]*)*",
    TokenKind.MARK: r"@@|[@(){}\[\]:,=?!]",
    TokenKind.UNKNOWN: r'/\*[\s\S]*|"[^\r\n]*|[\s\S]',
}
_TOKEN = re.compile("|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in _PATTERNS.items()))
_KINDS = {kind.name: kind for kind in TokenKind}
_BLANK = frozenset({TokenKind.SPACE.name, TokenKind.BYTE_ORDER_MARK.name})


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of a text, in order: `"".join(token.text for token in tokenize(text)) == text`."""
    return map(_token, _TOKEN.finditer(text))


def significant(text: str) -> Iterator[Token]:
    """The tokens that mean something: all but spaces. A last line without its end is given one."""
    yield from (_token(match) for match in _TOKEN.finditer(text) if match.lastgroup not in _BLANK)
    yield Token(TokenKind.NEWLINE, "", len(text))


def _token(match: re.Match[str]) -> Token:
    return Token(_KINDS[match.lastgroup or ""], match[0], match.start())
