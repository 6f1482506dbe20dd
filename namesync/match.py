"""Pairs the objects of any number of catalogs by key, so that names can be compared.

Within a key, objects of equal definition go together first, and among those equal names; what is left over is paired only
where there is one way to do so. What can't be told apart is an `Ambiguity`, never a guess. The work is linear in the number
of objects. Partitions are left out, as by Prisma, unless they are partitioned themselves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace

from namesync.model import Catalog, Definition, Key, Object, Part, Reference, TableRef, in_order

Row = dict[str, Object]

_PREDICATE = re.compile(
    r"""(?P<text>'(?:[^']|'')*')
    |::\s*(?:\w+|"[^"]*")(?:\.(?:\w+|"[^"]*"))?(?:\([\d, ]+\))?(?:\ (?:varying|precision|with(?:out)?\ time\ zone))?
        (?:\([\d, ]+\))?(?:\[\])*
    |"(?P<name>(?:[^"]|"")*)"
    |(?P<word>[\w$.]+|[<>!=~]+|[^\w\s()'"])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Match:
    """One object as it is in each environment; an environment where it is absent has no entry.

    `key` is the comparable key (see `comparable_keys`); the objects keep their own.
    """

    key: Key
    objects: Mapping[str, Object]


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """Objects of one key that can't be told apart: environment -> its candidates, sorted by name."""

    key: Key
    candidates: Mapping[str, tuple[Object, ...]]


@dataclass(frozen=True, slots=True)
class Pairs:
    """All objects of the catalogs compared, each in exactly one match or ambiguity; sorted by key."""

    matches: tuple[Match, ...]
    ambiguous: tuple[Ambiguity, ...]


def match(catalogs: Mapping[str, Catalog]) -> Pairs:
    """Pair the objects of the catalogs (environment -> catalog)."""
    rows: dict[Key, Row] = {}
    twins: dict[Key, list[tuple[str, Object]]] = defaultdict(list)
    comparable = Comparable(catalogs)
    for environment, catalog in catalogs.items():
        partitions = {table.ref for table in catalog.tables if table.partition_of is not None and not table.partitioned}
        for obj in catalog.objects:
            if obj.key.table in partitions:
                continue
            key = comparable.key(obj.key, obj.definition, catalog)
            row = rows.get(key)
            if row is None:
                rows[key] = {environment: obj}
            elif environment not in row:
                row[environment] = obj
            else:
                twins[key].append((environment, obj))
    matches: list[Match] = []
    ambiguous: list[Ambiguity] = []
    for key in in_order(rows, lambda key: key.table):
        if key not in twins:
            matches.append(Match(key, rows[key]))
            continue
        members = {environment: [obj] for environment, obj in rows[key].items()}
        for environment, obj in twins[key]:
            members[environment].append(obj)
        paired, unclear = _pair(members, len(catalogs), comparable)
        matches += [Match(key, row) for row in paired]
        ambiguous += [Ambiguity(key, candidates) for candidates in unclear]
    return Pairs(tuple(matches), tuple(ambiguous))


class Comparable:
    """What makes keys and definitions comparable between the catalogs at hand.

    Where each has one schema in scope, schemas are left out (`tenant_a` compares with `tenant_b`). Where a server folds the
    names of tables, all are folded. Where a `schema.prisma` takes part, everything is seen as Prisma sees it: included
    columns as key columns, and of a definition only what its language can say.
    """

    def __init__(self, catalogs: Mapping[str, Catalog]) -> None:
        self.single = all(len(catalog.schemas) <= 1 for catalog in catalogs.values())
        self.folds = any(catalog.folds_tables for catalog in catalogs.values())
        self.as_prisma = any(catalog.declared for catalog in catalogs.values())
        self._tables: dict[TableRef, TableRef] = {}

    def table(self, ref: TableRef, catalog: Catalog) -> TableRef:
        """A table of the catalog as keys name it; equal ones are one value."""
        own = self.single and ref.schema in (*catalog.schemas, "")
        table = TableRef("" if own else ref.schema, ref.name.lower() if self.folds else ref.name)
        return self._tables.setdefault(table, table)

    def key(self, key: Key, definition: Definition, catalog: Catalog) -> Key:
        """A key of the catalog, by which it is paired."""
        target = key.references
        columns = key.columns + definition.include if self.as_prisma else key.columns
        references = None if target is None else Reference(self.table(target.table, catalog), target.columns)
        return Key(key.kind, self.table(key.table, catalog), columns, references)

    def definition(self, obj: Object) -> Definition:
        """What tells objects of one key apart."""
        return as_prisma_sees(obj.definition) if self.as_prisma else obj.definition


def as_prisma_sees(definition: Definition) -> Definition:
    """The part of a definition that a `schema.prisma` can say, as `db pull` prints it: included columns are key columns."""
    parts = tuple(
        replace(
            part, nulls_first=None, collation=None, operator_class=_class_prisma_sees(definition.method, part.operator_class)
        )
        for part in (*definition.parts, *(Part() for _ in definition.include))
    )
    plain = definition.method in ("", "spatial") and bool(parts)  # MySQL's spatial indexes are ordinary ones to it
    return Definition(
        method="btree" if plain else definition.method,
        parts=parts,
        predicate=None if definition.predicate is None else _predicate_prisma_sees(definition.predicate),
        on_delete=definition.on_delete,
        on_update=definition.on_update,
    )


def _predicate_prisma_sees(predicate: str) -> str:
    """A predicate without what servers make of it: parentheses, casts, quotes, another case, `<>` for `!=`.

    Prisma 7 overlooks the same. Of `IN`, `LIKE` and `BETWEEN` PostgreSQL makes something else, and then so does Prisma.
    """
    pieces = (
        _literal(found["text"]) if found["text"] else (found["name"] or found["word"]).lower().replace("<>", "!=")
        for found in _PREDICATE.finditer(predicate)
        if found.lastgroup is not None
    )
    return " ".join(pieces)


def _literal(text: str) -> str:
    """A literal as a schema has it: PostgreSQL quotes large and negative numbers, and adds midnight to a date."""
    inside = text[1:-1].removesuffix(" 00:00:00")
    return inside.replace("-", "- ") if re.fullmatch(r"-?\d+(?:\.\d+)?", inside) else f"'{inside}'"


def _class_prisma_sees(method: str, operator_class: str | None) -> str | None:
    return None if method in ("", "btree") else operator_class


def _pair(
    members: Mapping[str, list[Object]], environments: int, comparable: Comparable
) -> tuple[list[Row], list[Mapping[str, tuple[Object, ...]]]]:
    """The rows of one key, and what is ambiguous in it."""
    singles = [{environment: obj} for environment, objects in members.items() for obj in objects]
    rows: list[Row] = []
    unclear: list[list[Row]] = []
    open_rows: list[Row] = []
    for alike in _classes(singles, lambda row: comparable.definition(next(iter(row.values())))):
        named = _classes_merged(alike)
        rows += [row for row in named if len(row) == environments]
        joined, stuck = _join([row for row in named if len(row) < environments])
        rows += [row for row in joined if len(row) == environments]
        open_rows += [row for row in joined if len(row) < environments]
        unclear += stuck
    joined, stuck = _join(_classes_merged(open_rows))
    rows += joined
    unclear += stuck
    rows.sort(key=lambda row: [(environment, obj.name) for environment, obj in sorted(row.items())])
    return rows, [_candidates(group) for group in unclear]


def _classes(rows: Iterable[Row], of: Callable[[Row], Hashable]) -> list[list[Row]]:
    """The rows grouped by a value, in order of first appearance."""
    classes: dict[Hashable, list[Row]] = {}
    for row in rows:
        classes.setdefault(of(row), []).append(row)
    return list(classes.values())


def _classes_merged(rows: list[Row]) -> list[Row]:
    """Rows of an equal name in different environments become one; a name that differs inside a row joins nothing."""
    merged: list[Row] = []
    for alike in _classes(rows, _one_name):
        names = [environment for row in alike for environment in row]
        if _one_name(alike[0]) and len(names) == len(set(names)):
            merged.append({environment: obj for row in alike for environment, obj in row.items()})
        else:
            merged += alike
    return merged


def _one_name(row: Row) -> str:
    """The name all objects of the row have; "" where they differ or have none."""
    names = {obj.name for obj in row.values()}
    return names.pop() if len(names) == 1 else ""


def _join(rows: list[Row]) -> tuple[list[Row], list[list[Row]]]:
    """Join incomplete rows that can only be one object: (rows, groups that could be joined in several ways).

    Two rows can be one object when no environment has both. Rows that overlap every other stand alone; a group of rows that
    are all disjoint is one object; anything between is ambiguous.
    """
    by_place = _classes(rows, frozenset)
    places = [frozenset(alike[0]) for alike in by_place]
    joined: list[Row] = []
    unclear: list[list[Row]] = []
    for component in _components(places):
        group = [row for index in component for row in by_place[index]]
        total = sum(len(row) for row in group)
        if len(component) == 1:
            joined += group
        elif total == len({environment for row in group for environment in row}):
            joined.append({environment: obj for row in group for environment, obj in row.items()})
        else:
            unclear.append(group)
    return joined, unclear


def _components(places: list[frozenset[str]]) -> list[list[int]]:
    """Indexes of `places`, grouped by the relation "disjoint", in order."""
    unseen = list(range(len(places)))
    components: list[list[int]] = []
    while unseen:
        component = [unseen.pop(0)]
        for index in component:
            near = [other for other in unseen if places[index].isdisjoint(places[other])]
            component += near
            unseen = [other for other in unseen if other not in near]
        components.append(sorted(component))
    return components


def _candidates(group: list[Row]) -> Mapping[str, tuple[Object, ...]]:
    found: dict[str, list[Object]] = defaultdict(list)
    for row in group:
        for environment, obj in row.items():
            found[environment].append(obj)
    return {environment: tuple(sorted(objects, key=lambda obj: obj.name)) for environment, objects in found.items()}
