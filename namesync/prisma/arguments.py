"""The arguments of one attribute, by name, each of the kind it must be."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from namesync.errors import SchemaError
from namesync.prisma.source import Source
from namesync.prisma.syntax import Argument, Array, Call, Number, Text, Value, Word

_DIGITS = 10  # of the largest number Prisma reads here, one of 32 bits


class Arguments:
    """What stands in the parentheses of `what`, an attribute (`@@index`) or a field in one (`email(sort: Desc)`).

    `default` is the argument that may stand without its name, "" where none may. Every method raises SchemaError for a
    value that is not of its kind, and gives None (or nothing) for an argument that is not given.
    """

    def __init__(self, source: Source, what: str, given: Sequence[Argument], start: int, default: str = "") -> None:
        self.source = source
        self.what = what
        self.start = start
        self._given: dict[str, Argument] = {}
        for argument in given:
            name = argument.name or default
            if name in self._given:
                raise source.error(f"{what} is given {name} twice", argument.start)
            self._given[name] = argument

    def only(self, takes: Collection[str]) -> None:
        """Refuses every argument but these."""
        for name, argument in self._given.items():
            if name not in takes:
                given = f"the argument {name}" if name else "an argument without a name"
                raise self.source.error(f"{self.what} does not take {given}", argument.start)

    def take(self, name: str) -> Value | None:
        """The value of an argument, of any kind."""
        argument = self._given.get(name)
        return None if argument is None else argument.value

    def name(self, name: str) -> str | None:
        """A string that is not empty."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, Text):
            raise self.source.error(f"{name} of {self.what} must be a string in double quotes", value.start)
        if not value.value:
            raise self.source.error(f"{name} of {self.what} must not be empty", value.start)
        return value.value

    def word(self, name: str, known: Collection[str]) -> str | None:
        """One of the known words."""
        value = self.take(name)
        if value is None:
            return None
        word = self.plain(name, value)
        if word not in known:
            raise self.source.error(f"{name} of {self.what} must be one of {', '.join(known)}, not {word}", value.start)
        return word

    def plain(self, name: str, value: Value) -> str:
        """The word that the value of an argument is."""
        if not isinstance(value, Word):
            raise self.source.error(f"{name} of {self.what} must be a plain word", value.start)
        return value.value

    def number(self, name: str) -> int | None:
        """A whole number."""
        value = self.take(name)
        if value is None:
            return None
        if not isinstance(value, Number) or not value.value.isdecimal() or len(value.value) > _DIGITS:
            raise self.source.error(f"{name} of {self.what} must be a whole number", value.start)
        return int(value.value)

    def fields(self, name: str) -> tuple[Word | Call, ...]:
        """A list of fields, or one without brackets, each perhaps with arguments of its own."""
        value = self.take(name)
        items = () if value is None else value.items if isinstance(value, Array) else (value,)
        found: list[Word | Call] = []
        for item in items:
            if not isinstance(item, Word | Call):
                raise self.source.error(f"{name} of {self.what} must list names of fields", item.start)
            found.append(item)
        if value is not None and not found:
            raise self.source.error(f"{name} of {self.what} must list at least one field", value.start)
        return tuple(found)

    def missing(self, name: str) -> SchemaError:
        """The error for an argument that must be given."""
        return self.source.error(f"{self.what} lacks its {name}", self.start)
