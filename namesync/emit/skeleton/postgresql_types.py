"""Column types, operator classes and index methods that let every index of a PostgreSQL skeleton be made.

What no built-in type offers is made up: an operator class of the right name, an index method of an extension's. No index of
an empty table ever calls the functions in them. Only a superuser may make them.
https://www.postgresql.org/docs/current/indexes-opclass.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from namesync.dialects import dialect_of
from namesync.emit.skeleton.structure import joined_columns, stands_in
from namesync.model import Catalog, Kind, Object, TableRef

# A type, and the methods that have a default operator class for it; the first that does is taken.
_METHODS = {
    "integer": {"btree", "hash", "brin"},
    "integer[]": {"btree", "hash", "gin"},
    "int4range": {"btree", "hash", "brin", "gist", "spgist"},
    "tsvector": {"btree", "gin", "gist"},
}
_FAMILIES = {"integer[]": "anyarray", "int4range": "anyrange"}  # whose operators a type has

# What a made-up operator class consists of, for any type. The planner looks at the operators of a btree's.
_SUPPORT = {
    "btree": (
        "OPERATOR 1 < ({0}, {0})",
        "OPERATOR 2 <= ({0}, {0})",
        "OPERATOR 3 = ({0}, {0})",
        "OPERATOR 4 >= ({0}, {0})",
        "OPERATOR 5 > ({0}, {0})",
        "FUNCTION 1 ({0}, {0}) btint4cmp(integer, integer)",
    ),
    "hash": ("FUNCTION 1 ({0}, {0}) hashint4(integer)",),
    "brin": (
        "FUNCTION 1 brin_minmax_opcinfo(internal)",
        "FUNCTION 2 brin_minmax_add_value(internal, internal, internal, internal)",
        "FUNCTION 3 brin_minmax_consistent(internal, internal, internal)",
        "FUNCTION 4 brin_minmax_union(internal, internal, internal)",
    ),
    "gin": (
        "FUNCTION 1 btint4cmp(integer, integer)",
        "FUNCTION 2 ginarrayextract(anyarray, internal, internal)",
        "FUNCTION 3 ginqueryarrayextract(anyarray, internal, smallint, internal, internal, internal, internal)",
        "FUNCTION 4 ginarrayconsistent(internal, smallint, anyarray, integer, internal, internal, internal, internal)",
    ),
    "gist": (
        "FUNCTION 1 range_gist_consistent(internal, anyrange, smallint, oid, internal)",
        "FUNCTION 2 range_gist_union(internal, internal)",
        "FUNCTION 5 range_gist_penalty(internal, internal, internal)",
        "FUNCTION 6 range_gist_picksplit(internal, internal)",
        "FUNCTION 7 range_gist_same(anyrange, anyrange, internal)",
    ),
    "spgist": (
        "FUNCTION 1 spg_text_config(internal, internal)",
        "FUNCTION 2 spg_text_choose(internal, internal)",
        "FUNCTION 3 spg_text_picksplit(internal, internal)",
        "FUNCTION 4 spg_text_inner_consistent(internal, internal)",
        "FUNCTION 5 spg_text_leaf_consistent(internal, internal)",
    ),
}


class Types:
    """The types of a catalog's columns, and what has to be made before the indexes on them."""

    def __init__(self, catalog: Catalog) -> None:
        self._quote = dialect_of(catalog).quote
        self._joined = joined_columns(catalog)
        self._wanted: dict[tuple[TableRef, str], set[str]] = defaultdict(set)
        self._made: dict[tuple[str, str, str], None] = {}  # method, class ("" for the default one), type
        indexed = [obj for obj in catalog.objects if obj.key.kind is not Kind.FOREIGN_KEY and not stands_in(obj)]
        for obj in indexed:
            for column, part in zip(obj.key.columns, obj.definition.parts, strict=True):
                if part.operator_class is None:
                    self._wanted[self._lead(obj.key.table, column)].add(obj.definition.method)
        for obj in indexed:
            self._made |= dict.fromkeys(self._missing(obj))

    def of(self, table: TableRef, column: str) -> str:
        """The column's type."""
        wanted = self._wanted[self._lead(table, column)]
        return next((name for name, methods in _METHODS.items() if wanted <= methods), "integer")

    def class_clause(self, obj: Object, place: int) -> str:
        """The operator class of a key part as it is written after the column, "" for the default one."""
        name = obj.definition.parts[place].operator_class
        if name is None:
            return ""
        home = _home(self.of(obj.key.table, obj.key.columns[place]))
        return f" {self._quote(home)}.{self._quote(_bare(name))}"

    def statements(self) -> Iterator[str]:
        """What makes the operator classes and the methods that a server may lack."""
        for home in dict.fromkeys(_home(kind) for _, _, kind in self._made):
            yield f"CREATE SCHEMA {self._quote(home)}"
        for method in dict.fromkeys(method for method, _, _ in self._made if method not in _SUPPORT):
            yield f"CREATE ACCESS METHOD {self._quote(method)} TYPE INDEX HANDLER gisthandler"
        for method, name, kind in self._made:
            path = f"{self._quote(_home(kind))}.{self._quote(name or 'default')}"
            default = "" if name else "DEFAULT "
            family = _FAMILIES.get(kind, kind)
            support = ", ".join(_SUPPORT.get(method, _SUPPORT["gist"])).format(family)
            yield f"CREATE OPERATOR CLASS {path} {default}FOR TYPE {family} USING {self._quote(method)} AS {support}"

    def _lead(self, table: TableRef, column: str) -> tuple[TableRef, str]:
        return self._joined.get((table, column), (table, column))

    def _missing(self, obj: Object) -> Iterable[tuple[str, str, str]]:
        method = obj.definition.method
        for column, part in zip(obj.key.columns, obj.definition.parts, strict=True):
            kind = self.of(obj.key.table, column)
            if part.operator_class is not None or method not in _METHODS[kind]:
                yield method, _bare(part.operator_class or ""), kind


def _home(kind: str) -> str:
    """A schema of its own for each type: a name may stand for one operator class of a method only."""
    return f"namesync {kind}"


def _bare(operator_class: str) -> str:
    """Without options, which are made for the true class."""
    return operator_class.partition("(")[0]
