"""The order of renames, what is blocked and why, and that every plan is proved."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from namesync.dialects import dialect, dialect_of
from namesync.errors import PlanError
from namesync.model import Catalog, Definition, Key, Kind, Object, Provider, TableRef, Taken
from namesync.plan import Plan, plan_renames, prove
from tests.core.worlds import fk, index, pk, unique, world

MYSQL = {"provider": Provider.MYSQL, "version": "8.4.0"}
MARIADB = {"provider": Provider.MARIADB, "version": "10.11.0"}
SQLITE = {"provider": Provider.SQLITE, "version": "3.40.1"}


def planned(catalog: Catalog, **wanted: str) -> Plan:
    """The proved plan that renames the objects of these names."""
    asked = {obj: wanted[obj.name] for obj in catalog.objects if obj.name in wanted and not obj.implicit}
    assert len(asked) == len(wanted)
    plan = plan_renames(catalog, asked, dialect_of(catalog))
    prove(catalog, asked, plan, dialect_of(catalog))
    return plan


def order(plan: Plan) -> list[list[str]]:
    """The batches as `old>new`; a temporary name is shown as ~."""
    passing = {step.new for step in plan.steps if step.temporary}
    shown = dict.fromkeys(passing, "~")
    return [[f"{shown.get(step.old, step.old)}>{shown.get(step.new, step.new)}" for step in batch] for batch in plan.batches]


def reasons(plan: Plan) -> dict[str, str]:
    return {one.obj.name: one.reason for one in plan.blocked}


def made(obj: Object) -> Object:
    """A foreign key as MySQL's reader gives it, with the SQL that makes it again."""
    target, found = obj.key.references, obj.definition
    assert target is not None
    sql = f"FOREIGN KEY (`{obj.key.columns[0]}`) REFERENCES `{target.table.name}` (`{target.columns[0]}`)"
    return replace(obj, sql=f"{sql} ON DELETE {found.on_delete} ON UPDATE {found.on_update}")


def plain_indexes(*names: str) -> list[Object]:
    return [index("T", f"c{number}", name) for number, name in enumerate(names)]


ORDERS = [
    pytest.param({"x": "y"}, [["x>y"]], id="one"),
    pytest.param({"a": "b", "b": "c", "c": "d"}, [["c>d"], ["b>c"], ["a>b"]], id="a-chain-from-its-free-end"),
    pytest.param({"a": "b", "b": "a"}, [["a>~"], ["b>a"], ["~>b"]], id="a-swap-through-a-temporary-name"),
    pytest.param({"a": "b", "b": "c", "c": "a"}, [["a>~"], ["c>a"], ["b>c"], ["~>b"]], id="one-temporary-name-for-a-ring"),
    pytest.param(
        {"a": "b", "b": "a", "c": "d", "d": "c"},
        [["a>~"], ["b>a"], ["~>b"], ["c>~"], ["d>c"], ["~>d"]],
        id="each-ring-by-itself",
    ),
    pytest.param({"a": "b", "b": "c", "c": "b2"}, [["c>b2"], ["b>c"], ["a>b"]], id="a-tail-after-what-it-waits-for"),
    pytest.param({"a": "A"}, [["a>A"]], id="case-only"),
    pytest.param({"a": "a"}, [], id="the-name-it-has"),
]


@pytest.mark.parametrize(("wanted", "expected"), ORDERS)
def test_no_name_is_given_before_it_is_free(wanted: dict[str, str], expected: list[list[str]]) -> None:
    assert order(planned(world(*plain_indexes(*wanted)), **wanted)) == expected


@pytest.mark.parametrize("version", [pytest.param(MYSQL, id="mysql"), pytest.param(MARIADB, id="mariadb")])
def test_the_indexes_of_a_mysql_table_are_renamed_at_once(version: Mapping[str, object]) -> None:
    """One ALTER may swap names, so there is neither an order nor a temporary name."""
    catalog = world(*plain_indexes("a", "b", "c"), index("U", "x", "a"), **version)  # type: ignore[arg-type]
    asked = dict(zip(catalog.objects, ("b", "a", "C", "z"), strict=True))
    plan = plan_renames(catalog, asked, dialect_of(catalog))
    assert order(plan) == [["a>b", "b>a", "c>C"], ["a>z"]]
    prove(catalog, asked, plan, dialect_of(catalog))


def test_all_of_sqlite_happens_at_once() -> None:
    catalog = world(*plain_indexes("a", "b", "c"), index("U", "x", "d"), schemas=("main",), **SQLITE)  # type: ignore[arg-type]
    assert order(planned(catalog, a="b", b="c", c="d", d="a")) == [["a>b", "b>c", "c>d", "d>a"]]


def test_foreign_keys_come_last() -> None:
    """Theirs is the strong lock, and it is held until the transaction ends."""
    catalog = world(fk("A", "x", "B(id)", "f"), pk("A", "id", "p"), index("Z", "q", "i"))
    assert [batch[0] for batch in order(planned(catalog, f="f2", p="p2", i="i2"))] == ["p>p2", "i>i2", "f>f2"]


def test_a_constraint_waits_for_the_constraints_of_its_table_too() -> None:
    """On PostgreSQL a unique constraint's name is taken by a foreign key of the same table, and the other way round."""
    catalog = world(unique("T", "a", "u", constraint=True), fk("T", "b", "U(id)", "f"))
    assert order(planned(catalog, u="f", f="u")) == [["u>~"], ["f>u"], ["~>f"]]
    assert order(planned(world(unique("T", "a", "u"), fk("T", "b", "U(id)", "f")), u="f", f="u")) == [["u>f"], ["f>u"]]


TABLE = Taken(("relation", "public"), "Post", "table")
VIEW = Taken(("relation", "public"), "v", "view")
CHECK = Taken(("constraint", "public", "T"), "c", "check constraint")
BLOCKED = [
    pytest.param([index("T", "a", "x")], (TABLE,), {"x": "Post"}, {"x": "taken by a table"}, id="a-table"),
    pytest.param([index("T", "a", "x")], (VIEW,), {"x": "v"}, {"x": "taken by a view"}, id="a-view"),
    pytest.param([pk("T", "a", "x")], (CHECK,), {"x": "c"}, {"x": "taken by a check constraint"}, id="a-check-of-its-table"),
    pytest.param([index("T", "a", "x")], (CHECK,), {"x": "c"}, {}, id="no-check-stands-in-an-indexs-way"),
    pytest.param([index("T", "a", "x"), index("T", "a", "y")], (), {"x": "y"}, {"x": "a twin"}, id="a-twin"),
    pytest.param(
        [index("T", "a", "x"), unique("U", "b", "y")],
        (),
        {"x": "y"},
        {"x": "the unique of U on (b), which keeps it"},
        id="kept",
    ),
    pytest.param(
        [index("T", "a", "x"), index("T", "b", "y")],
        (),
        {"x": "z", "y": "z"},
        {"x": "wants the name as well", "y": "wants the name as well"},
        id="wanted-twice",
    ),
    pytest.param(
        plain_indexes("a", "b", "c"),
        (TABLE,),
        {"a": "b", "b": "c", "c": "Post"},
        {"a": "can't be renamed itself", "b": "can't be renamed itself", "c": "taken by a table"},
        id="what-waits-for-the-blocked-is-blocked",
    ),
    pytest.param(
        [*plain_indexes("a", "b"), index("U", "z", "q")],
        (),
        {"a": "b", "b": "q"},
        {"a": "itself", "b": "keeps it"},
        id="to-the-end",
    ),
    pytest.param([index("T", "a", "x")], (), {"x": "é" * 32}, {"x": "64 bytes, the server takes 63"}, id="too-long"),
    pytest.param(
        [index("T", "a", "é" * 31)], (), {"é" * 31: "é" * 32}, {"é" * 31: "would cut it to the name it has"}, id="cut-to-itself"
    ),
    pytest.param([index("T", "a", "x")], (), {"x": ""}, {"x": "no name"}, id="no-name"),
    pytest.param(
        [index("T", "lower(a)", "x", unmanaged="expression index")], (), {"x": "y"}, {"x": "expression index"}, id="unmanaged"
    ),
    pytest.param([fk("T", "a", "U(id)", "x"), fk("U", "b", "T(id)", "y")], (), {"x": "y"}, {}, id="foreign-keys-of-two-tables"),
]


@pytest.mark.parametrize(("objects", "taken", "wanted", "expected"), BLOCKED)
def test_what_can_not_be_done_is_blocked_with_the_reason(
    objects: list[Object], taken: tuple[Taken, ...], wanted: dict[str, str], expected: dict[str, str]
) -> None:
    found = reasons(planned(world(*objects, taken=taken), **wanted))
    assert found.keys() == expected.keys()
    assert all(words in found[name] for name, words in expected.items())


@pytest.mark.parametrize(
    ("obj", "version", "words"),
    [
        pytest.param(pk("T", "a", "PRIMARY"), MYSQL, "no name of its own", id="mysql-primary-key"),
        pytest.param(
            unique("T", "a", "sqlite_autoindex_T_1", implicit=True), SQLITE, "no name of its own", id="sqlite-autoindex"
        ),
        pytest.param(fk("T", "a", "U(id)", ""), SQLITE, "no name of its own", id="sqlite-foreign-key"),
        pytest.param(unique("T", "a", "u"), SQLITE, "no name the server lets one give", id="sqlite-keeps-names-for-itself"),
    ],
)
def test_what_has_no_name_of_its_own_is_left(obj: Object, version: Mapping[str, object], words: str) -> None:
    catalog = world(obj, **version)  # type: ignore[arg-type]
    new = "sqlite_autoindex_T_1" if obj.name == "u" else "new"
    plan = plan_renames(catalog, {obj: new}, dialect_of(catalog))
    assert (plan.steps, words in plan.blocked[0].reason) == ((), True)


def test_primary_is_mysqls_own_name() -> None:
    catalog = world(index("T", "a", "x"), made(fk("T", "b", "U(id)", "f")), **MYSQL)  # type: ignore[arg-type]
    assert list(reasons(planned(catalog, x="Primary", f="PRIMARY"))) == ["x", "f"]


def test_mysql_counts_characters() -> None:
    assert not reasons(planned(world(index("T", "a", "x"), **MYSQL), x="é" * 64))  # type: ignore[arg-type]
    assert "65 characters" in reasons(planned(world(index("T", "a", "x"), **MYSQL), x="é" * 65))["x"]  # type: ignore[arg-type]


def test_an_object_that_is_not_there_is_an_error() -> None:
    catalog = world(index("T", "a", "x"))
    with pytest.raises(PlanError, match="does not have"):
        plan_renames(catalog, {index("T", "a", "other"): "y"}, dialect_of(catalog))


def test_a_temporary_name_is_free() -> None:
    """Also where the first that comes to mind is taken."""
    first = planned(world(*plain_indexes("a", "b")), a="b", b="a").steps[0].new
    taken = (Taken(("relation", "public"), first, "table"),)
    second = planned(world(*plain_indexes("a", "b"), taken=taken), a="b", b="a").steps[0].new
    third = planned(world(*plain_indexes("a", "b"), index("X", "y", first), taken=()), a="b", b="a").steps[0].new
    assert first != second == third
    assert all(dialect(provider).length(first) <= dialect(provider).name_limit for provider in Provider)


SCRIPT = """
from namesync.dialects import dialect_of
from namesync.plan import plan_renames
from tests.core.worlds import fk, index, world
objects = [index(f"T{n % 3}", f"c{n}", f"n{n}") for n in range(24)] + [fk(f"T{n}", "x", "U(id)", f"f{n}") for n in range(3)]
catalog = world(*objects)
wanted = {f"n{n}": f"n{n - n % 5 + (n + 1) % 5}" for n in range(24)} | {"n22": "twice", "n23": "twice", "f0": "f9"}
asked = {obj: wanted[obj.name] for obj in set(catalog.objects) if obj.name in wanted}
plan = plan_renames(catalog, asked, dialect_of(catalog))
print([(step.old, step.new) for step in plan.steps], [(one.obj.name, one.reason) for one in plan.blocked])
"""


def test_a_plan_is_the_same_under_any_hash_seed() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "777")
    }
    assert len(said) == 1
    assert "namesync_" in said.pop()


def large(count: int) -> Catalog:
    """Chains of a hundred, rings and free ones over many tables."""
    definition = Definition(method="btree")
    objects = tuple(
        Object(Key(Kind.INDEX, TableRef("public", f"T{number // 10}"), (f"c{number}",)), f"n{number}", definition)
        for number in range(count)
    )
    return world(*objects)


@pytest.mark.timeout(60)
def test_a_hundred_thousand_objects_are_planned_in_seconds() -> None:
    """Linear, whatever waits for what: each name is the next one's, in rings of a hundred."""
    catalog = large(100_000)
    ring = {f"n{number}": f"n{number - number % 100 + (number + 1) % 100}" for number in range(100_000)}
    plan = plan_renames(catalog, {obj: ring[obj.name] for obj in catalog.objects}, dialect_of(catalog))
    assert sum(step.temporary for step in plan.steps) == 1000
    assert len(plan.steps) == 101_000
