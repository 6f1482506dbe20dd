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
    """What a token is. A NEWLINE ends a statement; spaces are those of Unicode's category Zs, and the tab."""

    BYTE_ORDER_MARK = "byte order mark"
    SPACE = "space"
    NEWLINE = "end of line"
    COMMENT = "comment"
    STRING = "string"
    NUMBER = "number"
    WORD = "word"
    MARK = "mark"
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
_SPACE = r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]"
SPACES = f"{_SPACE}*+"
PATTERNS = {
    TokenKind.BYTE_ORDER_MARK: r"\A\ufeff",
    TokenKind.NEWLINE: r"\r\n|\n|\r",
    TokenKind.SPACE: f"{_SPACE}+",
    TokenKind.COMMENT: r"//[^\r\n]*+|/\*[^*]*+(?:\*(?!/)[^*]*+)*\*/",
    TokenKind.STRING: r'"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*"',
    TokenKind.NUMBER: r"-?[0-9]+(?:\.[0-9]+)?(?![\w.-])",
    TokenKind.WORD: r"[^\W_][\w-]*+(?:\.[^\W_][\w-]*+)*",
    TokenKind.MARK: r"@@|[@(){}\[\]:,=?!]",
    TokenKind.UNKNOWN: r'/\*[\s\S]*|"[^\r\n]*|[\s\S]',
}
"""Regular expressions, tried in this order. There is one way only to match each, so what follows can't make one match less."""

_TOKEN = re.compile("|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in PATTERNS.items()))
_KINDS = {kind.name: kind for kind in TokenKind}


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of a text, in order: `"".join(token.text for token in tokenize(text)) == text`."""
    return map(_token, _TOKEN.finditer(text))


def token_at(text: str, start: int) -> Token:
    """The next token that is no space, from an offset on; behind the last there is a NEWLINE."""
    found = _TOKEN.match(text, start)
    if found is None:
        return Token(TokenKind.NEWLINE, "", start)
    return token_at(text, found.end()) if found.lastgroup == TokenKind.SPACE.name else _token(found)


def _token(match: re.Match[str]) -> Token:
    return Token(_KINDS[match.lastgroup or ""], match[0], match.start())
