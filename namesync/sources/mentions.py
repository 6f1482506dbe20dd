"""Names found in source text, as whole words."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from os.path import commonprefix


class Mentions:
    """Finds any of the names, none of which may be part of a longer word; those in `any_case` in upper or lower case too.

    `quotes`: the marks that identifiers and literals stand in, which are doubled inside them. A text takes as long for a
    thousand names as for one.
    """

    def __init__(self, names: Collection[str], *, any_case: Collection[str] = (), quotes: str = "") -> None:
        folding = frozenset(any_case)
        exact: dict[str, str] = {}
        folded: dict[str, str] = {}
        for name in filter(None, names):
            for text in (name, *(name.replace(mark, mark * 2) for mark in quotes)):
                exact[text] = name
                if name in folding:
                    folded[text.casefold()] = name
        self._names = folded | exact
        choices = [_choice(sorted(exact.keys() - folded.keys()))]
        choices += [f"(?i:{_choice(sorted(folded))})"] if folded else []
        self._pattern = re.compile(rf"(?<![\w$])(?:{'|'.join(choices)})(?![\w$])" if exact else r"(?!)")

    def find(self, text: str) -> Iterator[tuple[int, str]]:
        """Where a name stands in the text, and the name."""
        for found in self._pattern.finditer(text):
            yield found.start(), self._names.get(found[0]) or self._names.get(found[0].casefold(), found[0])


_DEEPEST = 70  # beginnings in beginnings: no server has names of more characters, but a snapshot may


def _choice(texts: Iterable[str], depth: int = 0) -> str:
    """Any of the sorted texts: beginnings that they share are written once, a longer text stands before its own beginning."""
    groups = [list(group) for _, group in groupby(texts, lambda text: text[: 1 if depth < _DEEPEST else None])]
    parts = [_shared(group, depth + 1) for group in reversed(groups)]
    return f"(?:{'|'.join(parts)})" if parts else r"(?!)"


def _shared(texts: list[str], depth: int) -> str:
    head = commonprefix(texts)  # noqa: RUF071 - of characters, these are no paths
    return re.escape(head) + (_choice((text.removeprefix(head) for text in texts), depth) if len(texts) > 1 else "")
