"""Counts what the hostile conditions tried and what was lost, and writes the table of `docs/reliability.md`.

`python -m tests.hostile.tally FOLDER PAGE` adds up the counts that a campaign's workers left in FOLDER; rows of the page that
it did not try stay as they are.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TABLE = re.compile(r"(?<=<!-- counts -->\n).*?(?=<!-- end of counts -->)", re.DOTALL)
_ROW = re.compile(r"\| (?P<area>[^|]+?) \| (?P<what>[^|]+?) \| (?P<tried>[\d,]+) \| (?P<lost>[\d,]+) \|")
_HEAD = "| area | what was tried | times | lost |\n|---|---|---:|---:|\n"

Row = tuple[str, str]


@dataclass
class Tally:
    """What one worker tried and lost, by area and by what. `long`: the whole campaign, not the short form of `scripts/test`."""

    long: bool
    tried: Counter[Row] = field(default_factory=Counter)
    lost: Counter[Row] = field(default_factory=Counter)

    def size(self, short: int, long: int) -> int:
        """How often to try."""
        return long if self.long else short

    @contextmanager
    def trial(self, area: str, what: str, times: int = 1) -> Iterator[None]:
        """One trial (or several at once): lost where the block raises, which it goes on to do."""
        self.tried[area, what] += times
        try:
            yield
        except BaseException:
            self.lost[area, what] += 1
            raise

    def write(self, file: Path) -> None:
        """Leaves the counts where the campaign looks for them."""
        file.write_text(json.dumps([[*row, count, self.lost[row]] for row, count in self.tried.items()]))


def added_up(files: Iterable[Path]) -> dict[Row, tuple[int, int]]:
    """(area, what) -> (tried, lost) of all workers."""
    tried: Counter[Row] = Counter()
    lost: Counter[Row] = Counter()
    for file in files:
        for area, what, count, losses in json.loads(file.read_text()):
            tried[area, what] += count
            lost[area, what] += losses
    return {row: (tried[row], lost[row]) for row in tried}


def rows_of(page: str) -> dict[Row, tuple[int, int]]:
    """The rows of the page's table."""
    found = _ROW.finditer(_TABLE.search(page)[0])  # type: ignore[index]
    return {(row["area"], row["what"]): tuple(int(row[each].replace(",", "")) for each in ("tried", "lost")) for row in found}  # type: ignore[misc]


def written(page: str, counts: dict[Row, tuple[int, int]]) -> str:
    """The page with these counts in its table."""
    rows = sorted((rows_of(page) | counts).items())
    lines = "".join(f"| {area} | {what} | {tried:,} | {lost:,} |\n" for (area, what), (tried, lost) in rows)
    return _TABLE.sub(lambda _: _HEAD + lines, page)


def main() -> None:
    folder, page = map(Path, sys.argv[1:])
    counts = added_up(folder.glob("*.json"))
    page.write_text(written(page.read_text(), counts))
    for (area, what), (tried, lost) in sorted(counts.items()):
        sys.stdout.write(f"{area}: {what}: {tried:,} tried, {lost:,} lost\n")


if __name__ == "__main__":
    main()
