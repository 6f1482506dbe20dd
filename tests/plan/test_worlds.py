"""Plans and files for random worlds, as values: chains, rings, twins, bystanders, names of every kind."""

from __future__ import annotations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from namesync.dialects import dialect_of
from namesync.model import Catalog, Object, Provider
from namesync.plan import Options, Style, Wanted, aligned, merge, plan_renames, prove
from namesync.plan.guards import attempt
from namesync.plan.names import Names
from namesync.plan.trial import tried
from tests.plan.blueprints import Environment, fleets, pool

PROVIDERS = st.sampled_from(list(Provider))


def goals(draw: st.DrawFn, catalogs: dict[str, Catalog], provider: Provider) -> Wanted:
    """A name for most keys, the same in every environment; many are the names of others."""
    keys = sorted({obj.key for catalog in catalogs.values() for obj in catalog.objects}, key=lambda key: key.sort_key)
    held = sorted({obj.name for catalog in catalogs.values() for obj in catalog.objects})
    order = draw(st.permutations(held))
    other = st.sampled_from(pool(provider))
    names = (name if draw(st.integers(0, 19)) else draw(other) for name in order)
    goal = {key: name for key, name in zip(keys, names, strict=False) if draw(st.integers(0, 29))}
    return Wanted({name: _asked(catalog, goal) for name, catalog in catalogs.items()}, {name: [] for name in catalogs})


def _asked(catalog: Catalog, goal: dict[object, str]) -> dict[Object, str]:
    nameable = dialect_of(catalog).nameable
    return {obj: goal[obj.key] for obj in catalog.objects if obj.key in goal and not obj.implicit and nameable(obj)}


@settings(max_examples=250)
@given(st.data())
def test_every_plan_stands_its_proof(data: st.DataObject) -> None:
    """No collision at any step, the names wanted at the end, planned again empty, and the way back exact."""
    provider = data.draw(PROVIDERS)
    fleet = data.draw(fleets(provider, 1))
    catalog = fleet["e0"].catalog()
    wanted = goals(data.draw, {"e0": catalog}, provider).names["e0"]
    plan = plan_renames(catalog, wanted, dialect_of(catalog))
    event(f"temporary names: {min(sum(step.temporary for step in plan.steps), 3)}")
    prove(catalog, wanted, plan, dialect_of(catalog))


@settings(max_examples=250)
@given(st.data())
def test_one_file_is_right_in_every_environment_and_from_half_way(data: st.DataObject) -> None:
    """Wherever it stopped: the whole file once more, and the names are those wanted."""
    provider = data.draw(st.sampled_from([one for one in Provider if one is not Provider.SQLITE]))
    catalogs, wanted = _drawn(data, provider)
    made = merge(catalogs, wanted, Options(Style.GUARDED, together=data.draw(st.booleans())))
    event(f"blocked: {any(plan.blocked for plan in made.plans.values())}")
    event(f"temporary names: {any(step.temporary for change in made.changes for step in change.steps)}")
    for environment, catalog in catalogs.items():
        for stop in range(len(made.changes) + 1):
            names = Names(catalog, dialect_of(catalog))
            for change in (*made.changes[:stop], *made.changes):
                attempt(names, change.steps)
            assert names.catalog() == made.after[environment]


@settings(max_examples=250)
@given(st.data())
def test_one_sqlite_file_is_right_in_every_environment(data: st.DataObject) -> None:
    catalogs, wanted = _drawn(data, Provider.SQLITE)
    made = merge(catalogs, wanted, Options(together=data.draw(st.booleans())))
    batches = [change.steps for change in made.changes]
    for environment, catalog in catalogs.items():
        facts = dialect_of(catalog)
        assert not tried(catalog, made.after[environment], batches, facts)[1]
        assert not tried(made.after[environment], made.after[environment], batches, facts)[1]


@settings(max_examples=250)
@given(st.data())
def test_adopting_leaves_nothing_different_that_was_equal(data: st.DataObject) -> None:
    """What is blocked in one environment is left in all of them."""
    provider = data.draw(PROVIDERS)
    catalogs, wanted = _drawn(data, provider)
    made = merge(catalogs, wanted, Options(together=True))
    blocked = {one.obj.key for plan in made.plans.values() for one in plan.blocked}
    assert not blocked & {step.key for plan in made.plans.values() for step in plan.steps}


def _drawn(data: st.DataObject, provider: Provider) -> tuple[dict[str, Catalog], Wanted]:
    fleet: dict[str, Environment] = data.draw(fleets(provider, 4))
    catalogs = {name: environment.catalog() for name, environment in fleet.items()}
    return catalogs, aligned(catalogs, "e0") if data.draw(st.booleans()) else goals(data.draw, catalogs, provider)


@pytest.mark.parametrize("provider", list(Provider))
def test_a_name_of_the_pool_is_one_the_server_takes(provider: Provider) -> None:
    facts = Environment(provider, ()).dialect
    assert all(facts.length(name) <= facts.name_limit for name in pool(provider))
