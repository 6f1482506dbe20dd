"""The documents as values: their headings, links, fenced blocks, and the commands in them with what they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>\w*)\n(?P<body>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w./-]+)`:\n\n\Z")


@dataclass(frozen=True)
class Block:
    """A fenced block; `file` is the name before it (`` `prod.sql`: ``), "" for none. `start` and `end` are of its body."""

    language: str
    body: str
    file: str
    start: int
    end: int


@dataclass(frozen=True)
class Step:
    """A command of a console block, and what the document says it prints. `start` and `end` are of the output."""

    command: str
    output: str
    start: int
    end: int


def pages() -> list[Path]:
    """Every document, the README and the rules' pages among them."""
    return [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "namesync").rglob("*.md"))]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a document, in order."""
    for match in _FENCE.finditer(text):
        file = _FILE.search(text[: match.start()])
        yield Block(match["language"], match["body"], file[1] if file else "", match.start("body"), match.end("body"))


def steps(block: Block) -> Iterator[Step]:
    """The commands of a console block: lines that begin with `$ `, or go on behind a backslash."""
    lines = block.body.splitlines(keepends=True)
    offset, at = block.start, 0
    while at < len(lines):
        assert lines[at].startswith("$ "), f"no command before: {lines[at]}"
        command = lines[at][2:]
        offset += len(lines[at])
        at += 1
        while command.endswith("\\\n"):
            command = command[:-2] + lines[at].lstrip()
            offset += len(lines[at])
            at += 1
        begin = at
        while at < len(lines) and not lines[at].startswith("$ "):
            at += 1
        output = "".join(lines[begin:at])
        yield Step(command.rstrip("\n"), output, offset, offset + len(output))
        offset += len(output)


def headings(text: str) -> list[str]:
    """The headings outside of blocks."""
    return re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)


def anchor(heading: str) -> str:
    """The anchor a heading gets on GitHub."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def links(text: str) -> list[str]:
    """The targets of the links outside of blocks."""
    return re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", _FENCE.sub("", text))
