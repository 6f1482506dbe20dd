"""What the rules need to know beside the match they judge: worked out once, looked up by every rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from hashlib import sha256

from namesync.convention import Profile, expected_names, join_tables
from namesync.dialects import Dialect, dialect_of
from namesync.match import Ambiguity, Comparable, Match, Pairs, match
from namesync.model import Catalog, Key, Object, Scope, Table, TableRef, Taken
from namesync.origin import origin
from namesync.report import Rule

SCHEMA = "schema.prisma"
"""The name under which a schema takes part in a comparison."""

Place = tuple[str, Scope, str]
"""A name where it must be unique: environment, scope, the name as the server compares it."""


class Context:
    """Environments, what the convention and the schema would call each object, and who holds which name."""

    def __init__(
        self,
        catalogs: Mapping[str, Catalog],
        pairs: Pairs,
        authority: str,
        profile: Profile,
        declared: Catalog | None = None,
    ) -> None:
        self.catalogs = catalogs
        self.pairs = pairs
        self.authority = authority
        self.profile = profile
        self.dialects: dict[str, Dialect] = {name: dialect_of(catalog) for name, catalog in catalogs.items()}
        self._expected = {
            id(obj): name
            for catalog in catalogs.values()
            for obj, name in zip(catalog.objects, expected_names(catalog), strict=True)
        }
        self._declared = _declared_objects(catalogs, declared)
        self._tables = {
            environment: {table.ref: table for table in catalog.tables} for environment, catalog in catalogs.items()
        }
        self._comparable = Comparable(catalogs)
        self._comparable_tables = {
            environment: {self._comparable.table(ref, catalog) for ref in self._tables[environment]}
            for environment, catalog in catalogs.items()
        }
        self._twins = Counter(found.key for found in pairs.matches)
        self.targets = self._drift_targets()

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments' names in the order given; the schema is none."""
        return tuple(name for name in self.catalogs if name != SCHEMA)

    def shown(self, key: Key, obj: Object) -> Key:
        """The key as reports show it: its tables spelled as `obj` has them (keys may have been folded to compare)."""
        target, spelled = key.references, obj.key.references
        if target is not None and spelled is not None:
            target = replace(target, table=TableRef(target.table.schema, spelled.table.name))
        return replace(key, table=TableRef(key.table.schema, obj.key.table.name), references=target)

    def expected(self, found: Match) -> str | None:
        """The convention's name, preferably as the schema makes it, else where table names keep their case; None for none."""
        ranked = sorted(
            found.objects,
            key=lambda name: (not self.catalogs[name].declared, self.catalogs[name].folds_tables, name != self.authority),
        )
        name = self._expected[id(found.objects[ranked[0]])]
        if name and self.catalogs[ranked[0]].folds_tables:
            return next((obj.name for obj in found.objects.values() if obj.name.lower() == name.lower()), name)
        return name or None

    def declared(self, found: Match) -> Object | None:
        """What the schema declares for the object, if it does; one that is compared goes before one that was only found."""
        compared = next((obj for name, obj in found.objects.items() if self.catalogs[name].declared), None)
        if compared is not None:
            return compared
        ranked = sorted(found.objects, key=lambda name: name != self.authority)
        return next(
            (self._declared[id(found.objects[name])] for name in ranked if id(found.objects[name]) in self._declared), None
        )

    def origin(self, environment: str, obj: Object, expected: str | None) -> str | None:
        """Where an odd name comes from, in words; None where it is the convention's, or can't be told."""
        if not obj.name or obj.name == expected:
            return None
        return origin(obj, self.table(environment, obj), self.catalogs[environment].provider)

    def table(self, environment: str, obj: Object) -> Table | None:
        """The table the object belongs to."""
        return self._tables[environment].get(obj.key.table)

    def has_table(self, environment: str, key: Key) -> bool:
        """Whether the environment has the table of a match's key at all."""
        return key.table in self._comparable_tables[environment]

    def hides(self, environment: str, key: Key) -> bool:
        """Whether the role may be unable to see an object of a match's key there: then its absence proves nothing."""
        catalog = self.catalogs[environment]
        return any(
            key.kind in hidden.kinds and (hidden.table is None or self._comparable.table(hidden.table, catalog) == key.table)
            for hidden in catalog.hidden
        )

    def holders(self, environment: str, obj: Object, name: str) -> list[Object | Taken]:
        """Who else holds `name` where the object's name must be unique."""
        dialect = self.dialects[environment]
        found = [
            holder
            for scope in dialect.scopes(obj)
            for holder in self._holders.get((environment, scope, dialect.fold(name)), [])
            if holder is not obj
        ]
        return [holder for index, holder in enumerate(found) if holder not in found[:index]]

    def rivals(self, environment: str, obj: Object, name: str) -> list[Object]:
        """The other objects of an environment that should get the same name where it must be unique."""
        scopes = set(self.dialects[environment].scopes(obj))
        return [
            rival
            for rival in self._suitors[environment, self.dialects[environment].fold(name)]
            if rival is not obj and not scopes.isdisjoint(self.dialects[environment].scopes(rival))
        ]

    @cached_property
    def _holders(self) -> dict[Place, list[Object | Taken]]:
        return _holders(self.catalogs, self.dialects)

    @cached_property
    def _suitors(self) -> dict[tuple[str, str], list[Object]]:
        suitors: dict[tuple[str, str], list[Object]] = defaultdict(list)
        for found in self.pairs.matches:
            for environment, obj in found.objects.items():
                if (environment, id(obj)) in self.targets:
                    target = self.targets[environment, id(obj)]
                    suitors[environment, self.dialects[environment].fold(target)].append(obj)
        return suitors

    def wanted_by_others(self, environment: str, obj: Object, name: str) -> bool:
        """Whether the convention gives the same name to another object where it must be unique."""
        dialect = self.dialects[environment]
        return any(self._wanted[environment, scope, dialect.fold(name)] > 1 for scope in dialect.scopes(obj))

    @cached_property
    def join_tables(self) -> frozenset[str]:
        """The names of the implicit many-to-many tables of all environments."""
        return frozenset(ref.name for catalog in self.catalogs.values() for ref in join_tables(catalog))

    @cached_property
    def _wanted(self) -> Counter[Place]:
        return Counter(
            (environment, scope, dialect.fold(self._expected[id(obj)]))
            for environment, dialect in self.dialects.items()
            for obj in self.catalogs[environment].objects
            if self._expected[id(obj)]
            for scope in dialect.scopes(obj)
        )

    def _drift_targets(self) -> dict[tuple[str, int], str]:
        """(environment, id of an object) -> the authority's name for it, where it has another."""
        targets = {}
        for found in self.pairs.matches:
            model = found.objects.get(self.authority)
            if model is None or not model.name or any(obj.unmanaged for obj in found.objects.values()):
                continue
            for environment, obj in found.objects.items():
                follows = obj.implicit and model.implicit
                if obj.name != model.name and self.dialects[environment].nameable(obj) and not follows:
                    targets[environment, id(obj)] = model.name
        return targets

    def has_twin(self, found: Match) -> bool:
        """Whether there are several objects of its key."""
        return self._twins[found.key] > 1

    def fingerprint(self, rule: Rule, found: Match | Ambiguity) -> str:
        """Follows a finding from run to run: made of the rule and the key, never of names, unless several share the key."""
        material = [rule.value, repr(found.key)]
        if isinstance(found, Match) and self.has_twin(found):
            material += sorted({repr(obj.definition) + obj.name for obj in found.objects.values()})[:1]
        return sha256("\0".join(material).encode()).hexdigest()[:32]


def _declared_objects(catalogs: Mapping[str, Catalog], declared: Catalog | None) -> dict[int, Object]:
    """id of an object -> what the schema declares for it; each environment is paired with the schema by itself."""
    if declared is None:
        return {}
    found = {}
    for environment, catalog in catalogs.items():
        for row in match({environment: catalog, SCHEMA: declared}).matches:
            if len(row.objects) == 2:
                found[id(row.objects[environment])] = row.objects[SCHEMA]
    return found


def _holders(catalogs: Mapping[str, Catalog], dialects: Mapping[str, Dialect]) -> dict[Place, list[Object | Taken]]:
    holders: dict[Place, list[Object | Taken]] = defaultdict(list)
    for environment, catalog in catalogs.items():
        dialect = dialects[environment]
        for obj in catalog.objects:
            for scope in dialect.scopes(obj):
                holders[environment, scope, dialect.fold(obj.name)].append(obj)
        for taken in catalog.taken:
            holders[environment, taken.scope, dialect.fold(taken.name)].append(taken)
    return holders
