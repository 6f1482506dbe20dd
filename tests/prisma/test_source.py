"""A file of a schema, and its changes as a diff."""

from __future__ import annotations

import time
from difflib import unified_diff

from hypothesis import given
from hypothesis import strategies as st

from namesync.prisma.source import FileChange, Source


def change(lines: list[str], changed: set[int], end: str) -> FileChange:
    after = [f"{line} changed" if number in changed else line for number, line in enumerate(lines)]
    return FileChange(Source("s", "\n".join(lines) + end), "\n".join(after) + end)


@given(st.integers(1, 60), st.sets(st.integers(0, 59), min_size=1, max_size=12), st.sampled_from(["", "\n"]))
def test_a_diff_is_what_difflib_makes_of_it(count: int, changed: set[int], end: str) -> None:
    found = change([f"line {number}" for number in range(count)], {number % count for number in changed}, end)
    before, after = (text.splitlines(keepends=True) for text in (found.source.text, found.after))
    lines = (
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in unified_diff(before, after, "a/s", "b/s")
    )
    assert found.diff() == "".join(lines)


def test_a_diff_of_thousands_of_changes_takes_a_moment() -> None:
    """difflib compares all with all where lines are alike, as those of models are."""
    lines = [("  id Int @id", "  a Int", "  b Int @unique", "}")[number % 4] for number in range(100_000)]
    start = time.process_time()
    assert change(lines, set(range(2, 100_000, 4)), "\n").diff().count("\n+") == 25_001
    assert time.process_time() - start < 10
