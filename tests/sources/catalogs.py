"""Any `Catalog`, as a hypothesis strategy: every field of the model takes values other than its default."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from hypothesis import strategies as st

from namesync.model import (
    Catalog,
    Definition,
    Hidden,
    Key,
    Kind,
    Location,
    Object,
    Part,
    Provider,
    Reference,
    Table,
    TableRef,
    Taken,
    catalog,
)

texts = st.text(max_size=8)
names = st.text(min_size=1, max_size=8)
columns = st.lists(names, min_size=1, max_size=3).map(tuple)
refs = st.builds(TableRef, texts, names)
numbers = st.integers(0, 2**31)
kinds = st.sampled_from(Kind)


def optional(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | inner


parts = st.builds(
    Part,
    st.booleans(),
    st.booleans(),
    optional(st.booleans()),
    optional(texts),
    optional(texts),
    optional(numbers),
)


@st.composite
def _objects(draw: st.DrawFn) -> Object:
    """Foreign keys alone have references, everything else has a part for each column."""
    key = draw(st.builds(Key, kinds, refs, columns, st.none()))
    foreign = key.kind is Kind.FOREIGN_KEY
    if foreign:
        key = key._replace(references=draw(st.builds(Reference, refs, columns)))
    definition = replace(draw(definitions), parts=() if foreign else tuple(draw(parts) for _ in key.columns))
    location = draw(optional(st.builds(Location, texts, numbers, numbers)))
    return Object(key, draw(texts), definition, not foreign and draw(st.booleans()), draw(texts), "", location)


definitions = st.builds(
    Definition,
    **{
        field.name: {"bool": st.booleans(), "str": texts, "str | None": optional(texts)}[str(field.type)]
        for field in fields(Definition)
        if field.name not in ("parts", "include")
    },
    include=st.lists(names, max_size=2).map(tuple),
)
objects = _objects()
tables = st.builds(Table, refs, columns, st.booleans(), optional(refs))
catalogs: st.SearchStrategy[Catalog] = st.builds(
    catalog,
    st.sampled_from(Provider),
    texts,
    st.lists(names, max_size=3).map(tuple),
    tables=st.lists(tables, max_size=3, unique_by=lambda table: table.ref).map(tuple),
    objects=st.lists(objects, max_size=3, unique_by=lambda obj: obj.sort_key).map(tuple),
    taken=st.lists(st.builds(Taken, columns, names, texts), max_size=3).map(tuple),
    hidden=st.lists(st.builds(Hidden, st.lists(kinds, max_size=2).map(tuple), optional(refs), texts), max_size=2).map(tuple),
    declared=st.booleans(),
    folds_tables=st.booleans(),
)


def index(table: TableRef, column: str, name: str) -> Object:
    """A plain index on one column."""
    return Object(Key(Kind.INDEX, table, (column,)), name, Definition(method="btree", parts=(Part(),)))
