"""An emit as Markdown: a page for the ticket or the pull request in which the runbook is worked off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from namesync.emit.commands import Command
from namesync.emit.emission import Emission
from namesync.emit.files import MigrationFiles
from namesync.emit.runbook import Instructions
from namesync.emit.text import what_happens
from namesync.render.markup import prose
from namesync.render.terminal import visible


def render(
    emission: Emission,
    folders: Sequence[MigrationFiles],
    runbook: Sequence[Instructions],
    *,
    mentions: Sequence[str] = (),
    written: Sequence[str] = (),
    dry_run: bool = False,
) -> str:
    """The page; commands are boxes to tick, in the order they are typed."""
    lines = what_happens(emission, folders, mentions)
    start = lines.index("")
    title, *introduction = lines[:start]
    if dry_run:
        lines += ["", "Dry run: nothing has been written"]
    elif written:
        lines += ["", "Written", *(f"  {path}" for path in written)]
    parts = [f"# {prose(_sentence(title))}", *(f"{prose(_sentence(line))}." for line in introduction)]
    parts += [_part(line) for line in lines[start:] if line]
    if folders or any(one.commands for one in runbook):
        parts += ["## Runbook", *(part for one in runbook for part in _instructions(one))]
    return re.sub(r"(?m)(^- .*)\n\n(?=- )", r"\1\n", "\n\n".join(parts)) + "\n"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _part(line: str) -> str:
    return f"- {prose(line.strip())}" if line.startswith(" ") else f"## {prose(line)}"


def _instructions(one: Instructions) -> Iterator[str]:
    yield f"### {prose(one.environment)}"
    yield from (f"> {prose(_sentence(note))}" for note in one.notes)
    if not one.commands:
        yield "Nothing to type."
    yield from (f"- [ ] {prose(_sentence(command.why))}\n\n{_code(command)}{_expected(command)}" for command in one.commands)
    if one.never:
        yield "Never here:"
        yield from (f"- {prose(_sentence(command.why))}\n\n{_code(command)}" for command in one.never)


def _code(command: Command) -> str:
    """The line as a block below a list's item, in a fence longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", command.line)), default=0))
    return "\n".join(f"  {line}" for line in (f"{fence}sh", visible(command.line), fence))


def _expected(command: Command) -> str:
    return f"\n\n  It answers: {prose(command.expect)}" if command.expect else ""
