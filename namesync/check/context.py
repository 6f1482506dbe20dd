"""What the rules need to know beside the match they judge: worked out once, looked up by every rule."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from itertools import pairwise

from namesync.convention import Convention, Profile
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
        self._conventions = {name: Convention(catalog) for name, catalog in catalogs.items()}
        # Whose name by the convention is told: as the schema makes it, else where table names keep their case.
        self._tellers = sorted(
            catalogs, key=lambda name: (not catalogs[name].declared, catalogs[name].folds_tables, name != authority)
        )
        self._declared = _declared_objects(catalogs, declared)
        self._tables = {
            environment: {table.ref: table for table in catalog.tables} for environment, catalog in catalogs.items()
        }
        self._comparable = Comparable(catalogs)
        self._twins = {one.key for one, other in pairwise(pairs.matches) if one.key == other.key}  # they are sorted by key
        self._expected: dict[int, str | None] = {}
        self.remarkable = tuple(self._remarkable())
        self.targets = self._drift_targets()

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments' names in the order given; the schema is none."""
        return tuple(name for name in self.catalogs if name != SCHEMA)

    def shown(self, key: Key, obj: Object) -> Key:
        """The key as reports show it: its tables spelled as `obj` has them (keys may have been folded to compare)."""
        target, spelled = key.references, obj.key.references
        if target is not None and spelled is not None and target.table.name != spelled.table.name:
            key = key._replace(references=target._replace(table=TableRef(target.table.schema, spelled.table.name)))
        if key.table.name != obj.key.table.name:
            key = key._replace(table=TableRef(key.table.schema, obj.key.table.name))
        return key

    def _remarkable(self) -> Iterator[Match]:
        """The matches that a rule may have something to say of, as a rule a few; nobody asks about the others' names."""
        for found in self.pairs.matches:
            expected = self._expect(found)
            if not self._unremarkable(found, expected):
                self._expected[id(found)] = expected
                yield found

    def expected(self, found: Match) -> str | None:
        """The convention's name, preferably as the schema makes it, else where table names keep their case; None for none."""
        return self._expected[id(found)]

    def _expect(self, found: Match) -> str | None:
        teller = next(name for name in self._tellers if name in found.objects)
        name = self._conventions[teller].expected(found.objects[teller])
        if name and self.catalogs[teller].folds_tables:
            return next((obj.name for obj in found.objects.values() if obj.name.lower() == name.lower()), name)
        return name or None

    def _unremarkable(self, found: Match, expected: str | None) -> bool:
        """Whether no rule can have anything to say: in every environment alike, and called as the convention says."""
        if len(found.objects) != len(self.catalogs):
            return False
        first, *others = found.objects.values()
        if first.unmanaged or first.name != expected:
            return False
        return all(
            obj.name == first.name and not obj.unmanaged and obj.definition in (first.definition,)  # `in` looks at `is` first
            for obj in others
        )

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

    @cached_property
    def _comparable_tables(self) -> dict[str, set[TableRef]]:
        return {
            environment: {self._comparable.table(ref, catalog) for ref in self._tables[environment]}
            for environment, catalog in self.catalogs.items()
        }

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
            for rival in self._suitors.get((environment, self.dialects[environment].fold(name)), ())
            if rival is not obj and not scopes.isdisjoint(self.dialects[environment].scopes(rival))
        ]

    @cached_property
    def _holders(self) -> dict[Place, list[Object | Taken]]:
        """Who holds the names that some object should get there, or does not get though it is called alike everywhere."""
        sought: dict[str, set[str]] = defaultdict(set)
        for (environment, _), name in self.targets.items():
            sought[environment].add(self.dialects[environment].fold(name))
        for found in self.remarkable:
            expected = self._expected[id(found)]
            live = [name for name, obj in found.objects.items() if name != SCHEMA and self.dialects[name].nameable(obj)]
            if expected is not None and len({found.objects[environment].name for environment in live}) == 1:
                for environment in live:
                    sought[environment].add(self.dialects[environment].fold(expected))
        return _holders(self.catalogs, self.dialects, sought)

    @cached_property
    def _suitors(self) -> dict[tuple[str, str], list[Object]]:
        """The objects that should get a name that others should get as well."""
        folded = {place: (place[0], self.dialects[place[0]].fold(name)) for place, name in self.targets.items()}
        times = Counter(folded.values())
        suitors: dict[tuple[str, str], list[Object]] = defaultdict(list)
        for found in self.remarkable:
            for environment, obj in found.objects.items():
                wanted = folded.get((environment, id(obj)))
                if wanted is not None and times[wanted] > 1:
                    suitors[wanted].append(obj)
        return suitors

    def wanted_by_others(self, environment: str, obj: Object, name: str) -> bool:
        """Whether the convention gives the same name to another object where it must be unique."""
        dialect = self.dialects[environment]
        return any(self._wanted[environment, scope, dialect.fold(name)] > 1 for scope in dialect.scopes(obj))

    @cached_property
    def join_tables(self) -> frozenset[str]:
        """The names of the implicit many-to-many tables of all environments."""
        return frozenset(ref.name for names in self._conventions.values() for ref in names.join_tables)

    @cached_property
    def _wanted(self) -> Counter[Place]:
        return Counter(
            (environment, scope, dialect.fold(name))
            for environment, dialect in self.dialects.items()
            for obj in self.catalogs[environment].objects
            if (name := self._conventions[environment].expected(obj))
            for scope in dialect.scopes(obj)
        )

    def _drift_targets(self) -> dict[tuple[str, int], str]:
        """(environment, id of an object) -> the authority's name for it, where it has another."""
        targets = {}
        for found in self.remarkable:
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
        return found.key in self._twins

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


def _holders(
    catalogs: Mapping[str, Catalog], dialects: Mapping[str, Dialect], sought: Mapping[str, set[str]]
) -> dict[Place, list[Object | Taken]]:
    holders: dict[Place, list[Object | Taken]] = defaultdict(list)
    for environment, catalog in catalogs.items():
        dialect, names = dialects[environment], sought.get(environment, ())
        for obj in catalog.objects:
            if (name := dialect.fold(obj.name)) in names:
                for scope in dialect.scopes(obj):
                    holders[environment, scope, name].append(obj)
        for taken in catalog.taken:
            if (name := dialect.fold(taken.name)) in names:
                holders[environment, taken.scope, name].append(taken)
    return holders
