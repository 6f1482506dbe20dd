"""Styled text in columns: what is too long for its place is folded, never cut.

rich does the same with more comfort, and takes a second for a thousand findings; of it the widths of characters are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from rich.cells import cell_len

Text: TypeAlias = tuple[tuple[str, str], ...]
"""Pieces of text, each with its style: words such as `bold red`, or ""."""

GAP = 2
_CODES = {"bold": "1", "dim": "2", "underline": "4", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_WORD = re.compile(r"\s*\S+\s*|\s+")


def styled(text: str, style: str = "") -> Text:
    """A text in one style."""
    return ((text, style),)


def width_of(text: Text) -> int:
    """The columns that the longest line of the text takes."""
    return max(map(_width, "".join(piece for piece, _ in text).split("\n")))


def lines(text: Text, width: int) -> list[Text]:
    """The text in lines of at most so many columns."""
    plain = "".join(piece for piece, _ in text)
    if len(text) == 1 and _fits(plain, width):
        return [text]
    ends = list(_ends(plain, max(width, 1)))
    return [_between(text, start, end) for start, end in zip([0, *ends], ends, strict=False)]


def beside(cells: Sequence[Text], widths: Sequence[int], gaps: Sequence[int] = ()) -> Iterator[Text]:
    """Cells next to each other, each in its width, a gap after each: of the first ones those given."""
    spaces = [*gaps, *[GAP] * (len(cells) - len(gaps))]
    columns = [lines(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for row in zip_longest(*columns, fillvalue=()):
        line: Text = ()
        owed = 0
        for cell, width, gap in zip(row, widths, spaces, strict=True):
            shown = sum(_width(piece) for piece, _ in cell)
            if shown:
                line += ((" " * owed, ""), *cell) if owed else cell
                owed = 0
            owed += width - shown + gap
        yield line


def grid(rows: Iterable[tuple[Text, Text]], width: int) -> Iterator[Text]:
    """Two columns as wide as they have to be; where there is no room for both, the first keeps half of it at least."""
    rows = list(rows)
    first, second = (max(map(width_of, column), default=0) for column in zip(*rows, strict=True))
    if first + GAP + second > width:
        first = min(first, max(width // 2 - GAP, width - GAP - second))
    for row in rows:
        yield from beside(row, (first, width - GAP - first))


def indented(text: Iterable[Text], indent: int) -> Iterator[Text]:
    """The lines, moved to the right."""
    return ((((" " * indent), ""), *line) for line in text)


def written(line: Text, *, color: bool) -> str:
    """The line as a terminal takes it."""
    if not color:
        return "".join(piece for piece, _ in line).rstrip()
    return "".join(_coded(piece, style) for piece, style in line)


def _coded(piece: str, style: str) -> str:
    codes = ";".join(_CODES[word] for word in style.split())
    return f"\x1b[{codes}m{piece}\x1b[0m" if codes else piece


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _fits(plain: str, width: int) -> bool:
    return "\n" not in plain and _width(plain) <= width


def _ends(plain: str, width: int) -> Iterator[int]:
    """Where lines end: between words where that can be, inside a word that is longer than a line."""
    end = 0
    measure = len if plain.isascii() else _width
    for line in plain.split("\n"):
        used = 0
        for word in _WORD.findall(line) if measure(line) > width else (line,):
            long = measure(word.rstrip())
            if used and used + long > width:
                yield end
                used = 0
            for piece in _chopped(word.rstrip(), width)[:-1] if long > width else ():
                end += len(piece)
                yield end
                word = word[len(piece) :]  # noqa: PLW2901
            end += len(word)
            used += measure(word)
        yield end
        end += 1  # the newline


def _chopped(word: str, width: int) -> list[str]:
    """A word in pieces of at most that width."""
    pieces = [""]
    used = 0
    for char in word:
        wide = _width(char)
        if used + wide > width and pieces[-1]:
            pieces.append("")
            used = 0
        pieces[-1] += char
        used += wide
    return pieces


def _between(text: Text, start: int, end: int) -> Text:
    """The pieces from one place to another, without the space around them."""
    found = []
    at = 0
    for piece, style in text:
        cut = piece[max(start - at, 0) : max(end - at, 0)]
        if cut:
            found.append((cut, style))
        at += len(piece)
    if found:
        found[0] = (found[0][0].lstrip("\n"), found[0][1])
    while found and not found[-1][0].strip():
        found.pop()
    if found:
        found[-1] = (found[-1][0].rstrip(), found[-1][1])
    return tuple(found)
