"""Findings in plain words, for people who know Prisma and not our internals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from namesync.model import KIND_WORDS, Definition, Key, Kind, Object, Part, Taken


def listed(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def shown(name: str) -> str:
    """A name in a sentence: as it is where it can't be misread, else in double quotes; "(no name)" for ""."""
    if not name:
        return "(no name)"
    return name if re.fullmatch(r"[\w.$-]+", name) else '"{}"'.format(name.replace('"', '""'))


def spread(values: Mapping[str, str], show: Callable[[str], str] = shown) -> str:
    """Environment -> value, in words: `A in prod and staging, B in dev`. Values are names unless `show` says otherwise."""
    places: dict[str, list[str]] = {}
    for environment, value in values.items():
        places.setdefault(value, []).append(environment)
    return ", ".join(f"{show(value)} in {listed(environments)}" for value, environments in places.items())


def kind_word(key: Key, objects: Iterable[Object] = ()) -> str:
    """`foreign key`, `unique constraint`, `unique index`, `exclusion constraint`, ..., as all of the objects are."""
    if key.kind is not Kind.UNIQUE:
        excluding = any(obj.definition.exclusion for obj in objects)
        return "exclusion constraint" if excluding else KIND_WORDS[key.kind]
    constraint = {obj.definition.constraint for obj in objects}
    if len(constraint) != 1:
        return "unique"
    return "unique constraint" if constraint.pop() else "unique index"


def subject(key: Key) -> str:
    """`index on Post(title)`, for messages that stand alone."""
    return f"{shown(key.table.name)}({', '.join(key.columns)})"


def holder_words(holder: Object | Taken) -> str:
    """Who holds a name: `the table Post`, `the index on Post(title)`."""
    if isinstance(holder, Taken):
        article = "an" if holder.what[:1] in "aeiou" else "a"
        return f"{article} {holder.what}"
    return f"the {kind_word(holder.key, (holder,))} on {subject(holder.key)}"


def describe(definition: Definition, kind: Kind) -> dict[str, str]:
    """A definition as words -> value, flat, so that two can be compared line by line."""
    lines = {
        "behind it": _behind(definition, kind),
        "method": definition.method or "-",
        "included columns": ", ".join(definition.include) or "-",
        "where": definition.predicate or "-",
        "equal nulls": "not distinct" if definition.nulls_not_distinct else "distinct",
        "deferrable": _deferrable(definition),
        "on delete": definition.on_delete or "-",
        "on update": definition.on_update or "-",
        "match": "full" if definition.match_full else "simple",
        "valid": "yes" if definition.valid else "no",
        "visible": "yes" if definition.visible else "no",
        "excludes": definition.exclusion or "-",
        "parser": definition.parser or "-",
    }
    for position, part in enumerate(definition.parts, 1):
        lines[f"column {position}"] = _part(part)
    return lines


def _behind(definition: Definition, kind: Kind) -> str:
    if kind in (Kind.FOREIGN_KEY, Kind.PRIMARY_KEY):
        return "-"
    return "a constraint" if definition.constraint else "an index"


def _deferrable(definition: Definition) -> str:
    if not definition.deferrable:
        return "no"
    return "initially deferred" if definition.initially_deferred else "yes"


def _part(part: Part) -> str:
    words = ["descending" if part.descending else "ascending"]
    if part.nulls_first is not None:
        words.append("nulls first" if part.nulls_first else "nulls last")
    if part.operator_class:
        words.append(f"operator class {part.operator_class}")
    if part.collation:
        words.append(f"collation {part.collation}")
    if part.length is not None:
        words.append(f"first {part.length}")
    return ", ".join(words)
