"""What goes together across environments, and what is never guessed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync.match import Pairs, as_prisma_sees, match
from namesync.model import Catalog, Definition, Part, Provider, Table, TableRef, catalog
from tests.core.worlds import fk, index, pk, unique, world


def rows(pairs: Pairs) -> set[frozenset[tuple[str, str]]]:
    """Every match as {(environment, name), ...}."""
    return {frozenset((environment, obj.name) for environment, obj in found.objects.items()) for found in pairs.matches}


def row(**names: str) -> frozenset[tuple[str, str]]:
    return frozenset(names.items())


def unclear(pairs: Pairs) -> list[dict[str, list[str]]]:
    return [{name: [obj.name for obj in objects] for name, objects in found.candidates.items()} for found in pairs.ambiguous]


GIN = {"method": "gin"}
CASES = [
    pytest.param([index("T", "a", "x")], [index("T", "a", "y")], {row(prod="x", dev="y")}, [], id="one-each-goes-together"),
    pytest.param([index("T", "a", "x")], [], {row(prod="x")}, [], id="absent-in-one"),
    pytest.param(
        [index("T", "a b", "x")], [index("T", "b a", "x")], {row(prod="x"), row(dev="x")}, [], id="column-order-is-identity"
    ),
    pytest.param([unique("T", "a", "x")], [index("T", "a", "x")], {row(prod="x"), row(dev="x")}, [], id="kind-is-identity"),
    pytest.param(
        [fk("T", "a", "U(id)", "x")],
        [fk("T", "a", "V(id)", "x")],
        {row(prod="x"), row(dev="x")},
        [],
        id="target-is-identity",
    ),
    pytest.param(
        [fk("T", "a", "U(id)", "x", on_delete="CASCADE")],
        [fk("T", "a", "U(id)", "y")],
        {row(prod="x", dev="y")},
        [],
        id="actions-are-not-identity",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "y", **GIN)],
        [index("T", "a", "y"), index("T", "a", "x", **GIN)],
        {row(prod="x", dev="y"), row(prod="y", dev="x")},
        [],
        id="definition-goes-before-name",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "y")],
        [index("T", "a", "y"), index("T", "a", "x")],
        {row(prod="x", dev="x"), row(prod="y", dev="y")},
        [],
        id="equal-names-among-twins",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "y")],
        [index("T", "a", "x"), index("T", "a", "z")],
        {row(prod="x", dev="x"), row(prod="y", dev="z")},
        [],
        id="one-left-on-each-side",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "y")],
        [index("T", "a", "z")],
        set(),
        [{"prod": ["x", "y"], "dev": ["z"]}],
        id="two-against-one-is-ambiguous",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "y")],
        [index("T", "a", "u"), index("T", "a", "v")],
        set(),
        [{"prod": ["x", "y"], "dev": ["u", "v"]}],
        id="twins-with-other-names-are-ambiguous",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "y")],
        [index("T", "a", "x")],
        {row(prod="x", dev="x"), row(prod="y")},
        [],
        id="a-twin-that-one-side-lacks",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "p", predicate="(a > 0)")],
        [index("T", "a", "z"), index("T", "a", "q", predicate="(a > 1)")],
        {row(prod="x", dev="z"), row(prod="p", dev="q")},
        [],
        id="the-last-pair-though-definitions-differ",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "a", "y", **GIN)],
        [index("T", "a", "z", method="hash")],
        set(),
        [{"prod": ["x", "y"], "dev": ["z"]}],
        id="no-guess-between-other-definitions",
    ),
    pytest.param(
        [unique("T", "a", "x", constraint=True)],
        [unique("T", "a", "x")],
        {row(prod="x", dev="x")},
        [],
        id="constraint-and-index-are-one-object",
    ),
]


@pytest.mark.parametrize(("prod", "dev", "expected", "ambiguous"), CASES)
def test_pairs_of_two(prod: list, dev: list, expected: set, ambiguous: list) -> None:
    pairs = match({"prod": world(*prod), "dev": world(*dev)})
    assert rows(pairs) == expected
    assert unclear(pairs) == ambiguous


def test_three_environments_with_three_names() -> None:
    worlds = {name: world(index("T", "a", name)) for name in ("prod", "staging", "dev")}
    assert rows(match(worlds)) == {row(prod="prod", staging="staging", dev="dev")}


def test_three_environments_two_of_which_agree_on_twins() -> None:
    pairs = match(
        {
            "prod": world(index("T", "a", "x"), index("T", "a", "y")),
            "staging": world(index("T", "a", "x"), index("T", "a", "y")),
            "dev": world(index("T", "a", "x"), index("T", "a", "z")),
        }
    )
    assert rows(pairs) == {row(prod="x", staging="x", dev="x"), row(prod="y", staging="y", dev="z")}


def test_two_candidates_for_one_gap_are_ambiguous() -> None:
    twins = (index("T", "a", "x"), index("T", "a", "y"))
    pairs = match({"prod": world(*twins), "staging": world(*twins), "dev": world(index("T", "a", "z"))})
    assert unclear(pairs) == [{"prod": ["x", "y"], "staging": ["x", "y"], "dev": ["z"]}]


def test_schemas_of_other_names_compare_when_each_has_one() -> None:
    a = world(fk("T", "a", "U(id)", "x", schema="tenant_a"), schemas=("tenant_a",))
    b = world(fk("T", "a", "U(id)", "y", schema="tenant_b"), schemas=("tenant_b",))
    assert rows(match({"a": a, "b": b})) == {row(a="x", b="y")}


def test_schemas_count_when_there_are_several() -> None:
    a = world(index("T", "a", "x", schema="one"), index("T", "a", "y", schema="two"), schemas=("one", "two"))
    b = world(index("T", "a", "y", schema="one"), index("T", "a", "x", schema="two"), schemas=("one", "two"))
    assert rows(match({"a": a, "b": b})) == {row(a="x", b="y"), row(a="y", b="x")}


def test_a_reference_out_of_scope_keeps_its_schema() -> None:
    def at(schema: str, target: str) -> Catalog:
        key = fk("T", "a", "U(id)", "x", schema=schema)
        out = replace(key, key=key.key._replace(references=key.key.references._replace(table=TableRef(target, "U"))))
        return world(out, schemas=(schema,))

    assert len(match({"a": at("tenant_a", "shared"), "b": at("tenant_b", "shared")}).matches) == 1
    assert len(match({"a": at("tenant_a", "shared"), "b": at("tenant_b", "other")}).matches) == 2


def test_folded_table_names_compare() -> None:
    linux = world(index("Post", "a", "x"), provider=Provider.MYSQL, version="8.4")
    mac = world(index("post", "a", "y"), provider=Provider.MYSQL, version="8.4", folds_tables=True)
    assert rows(match({"linux": linux, "mac": mac})) == {row(linux="x", mac="y")}


def test_partitions_are_left_out() -> None:
    child = Table(TableRef("public", "T_1"), ("a",), partition_of=TableRef("public", "T"))
    assert rows(match({"prod": world(index("T", "a", "x"), index("T_1", "a", "y"), tables=(child,))})) == {row(prod="x")}


def test_included_columns_count_as_prisma_sees_them_when_a_schema_takes_part() -> None:
    live = world(unique("T", "a", "x", include=("b",)))
    schema = world(unique("T", "a b", "y"), declared=True)
    assert rows(match({"prod": live, "schema": schema})) == {row(prod="x", schema="y")}
    assert len(match({"prod": live, "dev": world(unique("T", "a b", "y"))}).matches) == 2


def test_a_schema_can_not_say_collations() -> None:
    live = world(index("T", "a", "x", parts=(Part(collation="C"),)), index("T", "a", "y", parts=(Part(descending=True),)))
    schema = world(index("T", "a", "d", parts=(Part(descending=True),)), index("T", "a", "e"), declared=True)
    assert rows(match({"prod": live, "schema": schema})) == {row(prod="x", schema="e"), row(prod="y", schema="d")}


OBJECTS = st.lists(
    st.builds(
        lambda table, columns, name, method: index(table, columns, name, method=method),
        st.sampled_from(["T", "U"]),
        st.sampled_from(["a", "b", "a b"]),
        st.sampled_from(["i", "j", "k", "l"]),
        st.sampled_from(["btree", "gin"]),
    ),
    max_size=8,
    unique_by=lambda one: (one.key.table, one.name),
)


@given(st.dictionaries(st.sampled_from(["prod", "staging", "dev"]), OBJECTS, min_size=1), st.randoms())
def test_every_object_is_in_one_place_whatever_the_order(objects: dict[str, list], shuffled: random.Random) -> None:
    worlds = {name: world(*members) for name, members in objects.items()}
    pairs = match(worlds)
    placed = [(name, id(one)) for found in pairs.matches for name, one in found.objects.items()]
    placed += [(name, id(one)) for found in pairs.ambiguous for name, ones in found.candidates.items() for one in ones]
    assert sorted(placed) == sorted((name, id(one)) for name, seen in worlds.items() for one in seen.objects)
    for members in objects.values():
        shuffled.shuffle(members)
    names = list(worlds)
    shuffled.shuffle(names)
    again = match({name: world(*objects[name]) for name in names})
    assert rows(again) == rows(pairs)


@given(OBJECTS)
def test_a_catalog_always_pairs_with_itself(objects: list) -> None:
    one = world(*objects)
    pairs = match({"prod": one, "dev": one})
    assert not pairs.ambiguous
    assert all(len(found.objects) == 2 and len({obj.name for obj in found.objects.values()}) == 1 for found in pairs.matches)


def test_the_work_is_linear_in_twins() -> None:
    """Ten thousand twins of one key are paired by name without comparing each with each."""
    many = catalog(Provider.POSTGRESQL, "16", ("public",), objects=tuple(index("T", "a", f"i{n}") for n in range(10_000)))
    assert len(match({"prod": many, "dev": many}).matches) == 10_000


def test_primary_keys_pair_by_their_columns() -> None:
    assert rows(match({"prod": world(pk("T", "id", "x")), "dev": world(pk("T", "id", "y"))})) == {row(prod="x", dev="y")}


@pytest.mark.parametrize(
    ("declared", "live"),
    [
        ('"b" IS NULL', "(b IS NULL)"),
        ("\"a\" = 'it''s (x)::y'", "(a = 'it''s (x)::y'::text)"),
        ("a != 'X'", "(a <> 'X'::\"Mood\")"),
        ("a = 'x'", "((a)::text = 'x'::character varying(20))"),
        ("n = 3", "((n)::numeric(10,2) = (3)::numeric)"),
        ("b = -5 and c = 12345678901", "((b = '-5'::integer) AND (c = '12345678901'::bigint))"),
        ("t > '2020-01-01'", "(t > '2020-01-01 00:00:00'::timestamp(3) without time zone)"),
        ("a = '' OR NOT c", "((a = ''::text) OR (NOT c))"),
    ],
)
def test_predicates_as_prisma_sees_them(declared: str, live: str) -> None:
    """Without what PostgreSQL makes of them."""
    have, want = (as_prisma_sees(Definition(method="btree", predicate=text)) for text in (live, declared))
    assert have == want


@pytest.mark.parametrize("other", ["a = 'x'", "a = 'X '", "a != 'X'", "b = 'X'", "a = 'X' AND b", "a = 'XX'", "a = X"])
def test_other_predicates(other: str) -> None:
    have, want = (as_prisma_sees(Definition(method="btree", predicate=text)) for text in ("(a = 'X'::text)", other))
    assert have != want
