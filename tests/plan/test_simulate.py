"""A plan that a server would refuse, or that does not do what was wanted, never leaves the program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from namesync.dialects import dialect_of
from namesync.errors import PlanError
from namesync.model import Catalog, Provider, Taken
from namesync.plan import Batch, Plan, Step, plan_renames, prove, reverse, simulate
from tests.core.worlds import fk, index, world
from tests.plan.test_renames import MYSQL, made

CATALOG = world(index("T", "a", "x"), index("T", "b", "y"), taken=(Taken(("relation", "public"), "Post", "table"),))
X, Y = CATALOG.objects


def steps(*batches: Batch) -> Plan:
    return Plan(batches)


def names(catalog: Catalog) -> list[str]:
    return [obj.name for obj in catalog.objects]


def test_the_names_move_as_the_plan_says() -> None:
    passing = replace(X, name="~")
    plan = steps((Step(X, "~", ""),), (Step(Y, "x", ""),), (Step(passing, "y", ""),))
    assert names(simulate(CATALOG, plan, dialect_of(CATALOG))) == ["y", "x"]
    assert names(CATALOG) == ["x", "y"]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        pytest.param(steps((Step(X, "y", ""),)), "held by the index of T on \\(b\\)", id="the-name-is-held"),
        pytest.param(steps((Step(X, "Post", ""),)), "held by a table", id="the-name-is-taken"),
        pytest.param(steps((Step(X, "z", ""), Step(Y, "z", ""))), "wanted twice", id="twice-at-once"),
        pytest.param(steps((Step(replace(X, name="q"), "z", ""),)), "has not the name 'q'", id="it-has-another-name"),
        pytest.param(steps((Step(replace(X, name="y"), "z", ""),)), "has not the name 'y'", id="another-has-the-name"),
        pytest.param(steps((Step(X, "z", ""),), (Step(X, "w", ""),)), "has not the name 'x'", id="it-has-left"),
    ],
)
def test_a_collision_at_any_step_is_an_error(plan: Plan, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        simulate(CATALOG, plan, dialect_of(CATALOG))


def test_one_alter_does_not_drop_and_add_a_foreign_key_of_one_name() -> None:
    """MySQL 1826, MariaDB 1005: though the names are free in the end."""
    f, g = (made(fk("T", column, "U(id)", name)) for column, name in (("x", "f"), ("y", "g")))
    catalog = world(f, g, **MYSQL)  # type: ignore[arg-type]
    with pytest.raises(PlanError, match="can't drop and add"):
        simulate(catalog, steps((Step(f, "g", ""), Step(g, "f", ""))), dialect_of(catalog))


def test_at_once_names_may_be_swapped() -> None:
    catalog = replace(CATALOG, provider=Provider.SQLITE)
    assert names(simulate(catalog, steps((Step(X, "y", ""), Step(Y, "x", ""))), dialect_of(catalog))) == ["y", "x"]


@pytest.mark.parametrize(
    ("wanted", "plan", "message"),
    [
        pytest.param({X: "z"}, steps((Step(X, "w", ""),)), "'w' instead of 'z'", id="another-name"),
        pytest.param({X: "z"}, steps(), "'x' instead of 'z'", id="nothing-done"),
        pytest.param({}, steps((Step(X, "w", ""),)), "'w' instead of 'x'", id="more-than-was-wanted"),
        pytest.param({X: "z"}, steps((Step(X, "z", ""),), (Step(Y, "w", ""),)), "'w' instead of 'y'", id="a-bystander"),
    ],
)
def test_what_was_not_wanted_fails_the_proof(wanted: dict[object, str], plan: Plan, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        prove(CATALOG, wanted, plan, dialect_of(CATALOG))  # type: ignore[arg-type]


def test_a_plan_that_blocks_what_it_could_do_fails_the_proof() -> None:
    plan = plan_renames(CATALOG, {X: "Post"}, dialect_of(CATALOG))
    blocked = replace(plan, blocked=tuple(replace(one, wanted="z") for one in plan.blocked))
    with pytest.raises(PlanError, match="planned again"):
        prove(CATALOG, {X: "z"}, blocked, dialect_of(CATALOG))


def test_a_plan_that_does_not_lead_back_fails_the_proof() -> None:
    """As where the way back takes an index along that stayed on the way there."""
    key, own = made(fk("T", "x", "U(id)", "f")), index("T", "x", "g")
    catalog = world(key, own, **MYSQL)  # type: ignore[arg-type]
    plan = plan_renames(catalog, {key: "g"}, dialect_of(catalog))
    forgetful = Plan(tuple(tuple(replace(step, carried=()) for step in batch) for batch in plan.batches))
    assert prove(catalog, {key: "g"}, plan, dialect_of(catalog))
    with pytest.raises(PlanError, match="does not give back"):
        prove(catalog, {key: "g"}, forgetful, dialect_of(catalog))


def test_reversed_twice_it_is_the_same_renames() -> None:
    plan = plan_renames(CATALOG, {X: "y", Y: "x"}, dialect_of(CATALOG))
    again = reverse(reverse(plan))
    assert [(step.obj, step.new, step.temporary) for step in again.steps] == [
        (step.obj, step.new, step.temporary) for step in plan.steps
    ]
    assert [step.temporary for step in reverse(plan).steps] == [True, False, False]
