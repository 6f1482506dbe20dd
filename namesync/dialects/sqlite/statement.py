"""Takes a stored CREATE INDEX apart: the text of its key parts, and its predicate.

No pragma tells either. SQLite stores only statements that it has parsed itself.
https://www.sqlite.org/lang_createindex.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate, pairwise

# Strings, the four ways to quote a name (one is a string's), words; a comment may run to the end of the text.
_PIECE = re.compile(
    r"""(?P<blank>(?:\s|--[^\n]*|/\*.*?(?:\*/|\Z))+)|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$]+|.""",
    re.DOTALL,
)


def is_create_index(sql: str) -> bool:
    """Whether the text is a CREATE INDEX and nothing behind it."""
    pieces = [found[0] for found in _PIECE.finditer(sql) if not found["blank"]]
    words = [piece.upper() for piece in pieces[:3]]
    return (words[:2] == ["CREATE", "INDEX"] or words == ["CREATE", "UNIQUE", "INDEX"]) and ";" not in pieces


def key_parts(sql: str) -> tuple[tuple[str, ...], str | None]:
    """Each key part as SQL text, without its COLLATE, ASC and DESC; the predicate, None without WHERE.

    Runs of blanks and comments become one space.
    """
    pieces = [" " if found["blank"] else found[0] for found in _PIECE.finditer(sql)]
    words = [piece.upper() for piece in pieces]
    depths = list(accumulate({"(": 1, ")": -1}.get(piece, 0) for piece in pieces))
    start = pieces.index("(", words.index("ON"))  # quotes tell names from the reserved word ON
    end = depths.index(0, start)
    commas = (place for place in range(start, end) if pieces[place] == "," and depths[place] == 1)
    parts = (pieces[before + 1 : after] for before, after in pairwise((start, *commas, end)))
    predicate = "".join(pieces[words.index("WHERE", end) + 1 :]).strip() if "WHERE" in words[end:] else None
    return tuple(map(_expression, parts)), predicate


def _expression(pieces: Sequence[str]) -> str:
    """A key part without what the pragma tells of it."""
    solid = [place for place, piece in enumerate(pieces) if piece != " "]
    if pieces[solid[-1]].upper() in ("ASC", "DESC"):
        solid.pop()
    if len(solid) > 2 and pieces[solid[-2]].upper() == "COLLATE":
        del solid[-2:]
    return "".join(pieces[solid[0] : solid[-1] + 1])
