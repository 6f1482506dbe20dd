"""`--only` and `--exclude`: which objects an emit is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from namesync.errors import UsageError
from namesync.model import Key, Kind, Object

FIELDS = ("table", "kind", "name")


@dataclass(frozen=True, slots=True)
class Choice:
    """Patterns as (field, glob). Of `only`, one must match in each field named; of `exclude`, none may match at all. Objects
    of a key in `spared` are never chosen."""

    only: tuple[tuple[str, str], ...] = ()
    exclude: tuple[tuple[str, str], ...] = ()
    spared: frozenset[Key] = frozenset()

    def takes(self, obj: Object, wanted: str = "") -> bool:
        """Whether the object, on its way to the name `wanted`, is chosen; a name's glob may match either name."""
        if not self.only and not self.exclude:
            return obj.key not in self.spared
        named = {field for field, _ in self.only}
        chosen = all(any(_fits(one, obj, wanted) for one in self.only if one[0] == field) for field in named)
        return chosen and obj.key not in self.spared and not any(_fits(one, obj, wanted) for one in self.exclude)


def choice(only: Iterable[str] = (), exclude: Iterable[str] = ()) -> Choice:
    """From `table:GLOB`, `kind:KIND`, `name:GLOB`; a bare `GLOB` is a table's. Raises UsageError for an unknown kind."""
    return Choice(tuple(map(_parsed, only)), tuple(map(_parsed, exclude)))


def _parsed(text: str) -> tuple[str, str]:
    field, colon, glob = text.partition(":")
    if not colon or field not in FIELDS:
        return ("table", text)
    if field == "kind" and glob not in list(Kind):
        raise UsageError(f"{text}: there is no such kind", f"Kinds are {', '.join(Kind)}.")
    return (field, glob)


def _fits(pattern: tuple[str, str], obj: Object, wanted: str) -> bool:
    field, glob = pattern
    values: Sequence[str] = {"table": (obj.key.table.name,), "kind": (obj.key.kind,), "name": (obj.name, wanted)}[field]
    return any(fnmatchcase(value, glob) for value in values if value)
