"""Where in a TOML file a key stands: the parser of the standard library does not tell."""

from __future__ import annotations

import re
from collections import Counter

_HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[\w.\s\"'-]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"\s*(?P<name>[\w.\s\"'-]+?)\s*=")


def line_of(key: str, text: str) -> int | None:
    """The line, from 1, of a dotted key or table; the n-th table of an array is `name n`. None where it can't be told.

    Of a `pyproject.toml` keys are told without `tool.namesync.`
    """
    table, counts = "", Counter[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            table = found = _plain(header["name"])
            if header["open"] == "[[":
                counts[table] += 1
                table = found = f"{table} {counts[table]}"
        elif entry := _KEY.match(line):
            found = ".".join(filter(None, (table, _plain(entry["name"]))))
        else:
            continue
        if found == key:
            return number
    return None


def _plain(name: str) -> str:
    return re.sub(r"[\s\"']", "", name).removeprefix("tool.namesync").removeprefix(".")
