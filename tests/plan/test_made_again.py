"""MySQL and MariaDB drop and add a foreign key in one ALTER: what that means for the order, the indexes and the cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from namesync.dialects import dialect_of
from namesync.model import Provider
from namesync.plan import Risk, plan_renames, prove, reverse, simulate
from tests.core.worlds import fk, index, unique, world
from tests.plan.test_renames import MARIADB, MYSQL, made, order, planned, reasons


def test_its_own_index_goes_along() -> None:
    """MySQL's index for a foreign key bears its name: both are one step."""
    catalog = world(made(fk("T", "x", "U(id)", "f")), index("T", "x", "f", implicit=True), **MYSQL)  # type: ignore[arg-type]
    plan = planned(catalog, f="g")
    assert [(step.old, step.new, step.carried) for step in plan.steps] == [("f", "g", (("f", "g"),))]
    assert {obj.name for obj in simulate(catalog, plan, dialect_of(catalog)).objects} == {"g"}


def test_an_index_that_is_to_have_a_name_of_its_own_leaves_first() -> None:
    own = index("T", "x", "f", implicit=True)
    key = made(fk("T", "x", "U(id)", "f"))
    catalog = world(key, own, **MYSQL)  # type: ignore[arg-type]
    plan = plan_renames(catalog, {key: "g", own: "T_x_idx"}, dialect_of(catalog))
    assert order(plan) == [["f>T_x_idx"], ["f>g"]]
    assert plan.steps[1].carried == (("T_x_idx", "T_x_idx"),)
    prove(catalog, {key: "g", own: "T_x_idx"}, plan, dialect_of(catalog))


def test_an_index_that_takes_its_old_name_comes_after() -> None:
    """Before, it would be taken for the foreign key's own and go along with it."""
    catalog = world(made(fk("T", "x", "U(id)", "f")), index("T", "x", "i"), **MYSQL)  # type: ignore[arg-type]
    assert order(planned(catalog, f="g", i="f")) == [["f>g"], ["i>f"]]


def test_an_index_that_has_its_new_name_already_stays_on_the_way_back() -> None:
    catalog = world(made(fk("T", "x", "U(id)", "f")), index("T", "x", "g"), **MYSQL)  # type: ignore[arg-type]
    plan = planned(catalog, f="g")
    (back,) = reverse(plan).steps
    assert (back.old, back.new, back.alone) == ("g", "f", True)


def test_a_swap_takes_a_temporary_name() -> None:
    catalog = world(made(fk("T", "x", "U(id)", "f")), made(fk("V", "y", "U(id)", "g")), **MYSQL)  # type: ignore[arg-type]
    assert order(planned(catalog, f="g", g="f")) == [["f>~"], ["g>f"], ["~>g"]]


def test_case_only_takes_a_temporary_name() -> None:
    """One ALTER can't drop and add what the server takes for the same name."""
    catalog = world(made(fk("T", "x", "U(id)", "fk")), **MARIADB)  # type: ignore[arg-type]
    assert order(planned(catalog, fk="FK")) == [["fk>~"], ["~>FK"]]


def test_accents_do_not_tell_the_names_of_foreign_keys_apart() -> None:
    catalog = world(made(fk("T", "x", "U(id)", "fk_e")), made(fk("T", "y", "U(id)", "q")), **MYSQL)  # type: ignore[arg-type]
    assert "keeps it" in reasons(planned(catalog, q="fk_é"))["q"]


def test_those_of_one_table_share_an_alter() -> None:
    """The table is copied once."""
    keys = [made(fk("T", column, "U(id)", f"f_{column}")) for column in ("x", "y")]
    catalog = world(*keys, made(fk("V", "x", "U(id)", "f_v")), **MYSQL)  # type: ignore[arg-type]
    assert order(planned(catalog, f_x="a", f_y="b", f_v="c")) == [["f_x>a", "f_y>b"], ["f_v>c"]]


def test_a_chain_in_one_table_does_not_share_an_alter() -> None:
    keys = [made(fk("T", column, "U(id)", name)) for column, name in (("x", "f"), ("y", "g"))]
    assert order(planned(world(*keys, **MYSQL), f="g", g="h")) == [["g>h"], ["f>g"]]  # type: ignore[arg-type]


def test_names_are_the_tables_own_from_mariadb_12_1_on() -> None:
    keys = [made(fk(table, "x", "U(id)", name)) for table, name in (("T", "f"), ("V", "g"))]
    old, new = (world(*keys, provider=Provider.MARIADB, version=version) for version in ("12.0.2", "12.1.2"))
    assert reasons(planned(old, f="g"))
    assert order(planned(new, f="g")) == [["f>g"]]


def test_one_whose_actions_can_not_be_seen_is_left() -> None:
    catalog = world(fk("T", "x", "U(id)", "f"), **MYSQL)  # type: ignore[arg-type]
    assert "can't see" in reasons(planned(catalog, f="g"))["f"]


def test_one_that_points_at_no_key_is_left() -> None:
    """MySQL 8.4 and later refuse to make it again."""
    catalog = world(made(fk("T", "x", "U(n)", "f")), unique("U", "id", "u"), **MYSQL)  # type: ignore[arg-type]
    assert "not unique" in reasons(planned(catalog, f="g"))["f"]


@pytest.mark.parametrize(
    ("checked", "risks"),
    [
        pytest.param(True, {Risk.SCAN, Risk.REBUILD}, id="checked-reads-and-copies"),
        pytest.param(False, {Risk.SCAN}, id="unchecked-reads"),
    ],
)
def test_what_it_costs_is_told(checked: bool, risks: set[Risk]) -> None:
    key = made(fk("T", "x", "U(id)", "f"))
    catalog = world(key, **MYSQL)  # type: ignore[arg-type]
    known = replace(catalog, tables=tuple(replace(table, rows=1234567) for table in catalog.tables))
    plan = plan_renames(known, {key: "g"}, dialect_of(known), checked=checked)
    assert {hazard.risk for hazard in plan.steps[0].hazards} == risks
    assert "1,234,567 rows of T" in plan.steps[0].hazards[0].message
    assert [hazard.risk for hazard in plan.hazards] == [Risk.PARTIAL]
