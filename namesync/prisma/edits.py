"""Changes of a text as spans, and the spans to change so that attributes give the names wanted.

A `map` goes where Prisma itself prints it; one that says no more than the default is removed. Every other byte stays.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from namesync.errors import PlanError
from namesync.prisma.schema import Declared
from namesync.prisma.syntax import Argument, Attribute

_FIRST = frozenset({"@id", "@unique"})
"""Attributes whose `map` stands first; elsewhere it follows what it must follow: the fields, the client's name."""


class Edit(NamedTuple):
    """`text` in place of what stands from `start` to `end`, offsets in characters."""

    start: int
    end: int
    text: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; raises PlanError where two of them overlap, or one lies outside."""
    made: list[str] = []
    at = 0
    for edit in sorted(edits):
        if not at <= edit.start <= edit.end <= len(text):
            raise PlanError(f"edits overlap at offset {edit.start}")
        made += (text[at : edit.start], edit.text)
        at = edit.end
    return "".join((*made, text[at:]))


def map_edits(wanted: Mapping[Declared, str]) -> dict[str, tuple[Edit, ...]]:
    """The edits that give each declared object its name, by file and sorted; objects whose name stays take none.

    Every object must have an attribute (`Declared.attribute`). `@@index(name: ..)`, the old word, becomes `map`.
    """
    return by_file({declared: edits_of(declared, name) for declared, name in wanted.items()})


def edits_of(declared: Declared, name: str) -> tuple[Edit, ...]:
    """The edits that give one object a name."""
    if declared.attribute is None:
        raise PlanError(f"Prisma's language has no place for the name {name}")
    return tuple(_edits(declared.attribute, "" if name == declared.default else name))


def by_file(edits: Mapping[Declared, Iterable[Edit]]) -> dict[str, tuple[Edit, ...]]:
    """The edits of many objects, for each file that has any."""
    found: dict[str, list[Edit]] = defaultdict(list)
    for declared, own in edits.items():
        found[declared.source.file] += own
    return {file: tuple(sorted(own)) for file, own in sorted(found.items()) if own}


def quoted(name: str) -> str:
    """The name as a string literal of Prisma's language: JSON's, with non-ASCII characters as they are."""
    return json.dumps(name, ensure_ascii=False)


def _edits(attribute: Attribute, name: str) -> Iterator[Edit]:
    """The edits for one attribute; "" for no map."""
    given = attribute.argument("map")
    if given is None and attribute.name == "@@index":
        given = attribute.argument("name")
    if given is None:
        if name:
            yield _addition(attribute, f"map: {quoted(name)}")
    elif not name:
        yield _removal(attribute, given)
    else:
        if given.name != "map":
            yield Edit(given.start, given.start + len(given.name), "map")
        if getattr(given.value, "value", None) != name:
            yield Edit(given.value.start, given.value.end, quoted(name))


def _addition(attribute: Attribute, argument: str) -> Edit:
    arguments = attribute.arguments
    if attribute.inside is None:
        return Edit(attribute.end, attribute.end, f"({argument})")
    if not arguments:
        return Edit(attribute.inside, attribute.end - 1, argument)
    if attribute.name in _FIRST:
        return Edit(arguments[0].start, arguments[0].start, f"{argument}, ")
    if attribute.name == "@relation":
        after = arguments[-1].end
    else:
        after = max(before.end for before in arguments if before.name in ("", "fields", "name"))
    return Edit(after, after, f", {argument}")


def _removal(attribute: Attribute, given: Argument) -> Edit:
    """The argument with the comma it no longer needs; the last one goes with its parentheses."""
    arguments = attribute.arguments
    place = arguments.index(given)
    if place:
        return Edit(arguments[place - 1].end, given.end, "")
    if len(arguments) > 1:
        return Edit(given.start, arguments[1].start, "")
    return Edit(attribute.name_end, attribute.end, "")
