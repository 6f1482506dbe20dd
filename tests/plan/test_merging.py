"""One file for environments that differ: what is protected how, what is left out, and who gets which way back."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from namesync.errors import PlanError
from namesync.model import Catalog, Object, Provider, Taken
from namesync.plan import Guard, Migration, Options, Style, Wanted, adopted, aligned, merge
from tests.core.worlds import fk, index, pk, unique, world
from tests.plan.test_renames import MYSQL, SQLITE, made

KNOWN = Options(history_known=True)


def renames(migration: Migration) -> list[str]:
    return [f"{step.old}>{step.new}" for change in migration.changes for step in change.steps]


def guards(migration: Migration) -> list[Guard]:
    return [change.guard for change in migration.changes]


def blocked(migration: Migration, environment: str) -> dict[str, str]:
    return {one.obj.name: one.reason for one in migration.plans[environment].blocked}


def names(catalog: Catalog) -> list[str]:
    return [obj.name for obj in catalog.objects]


def one(name: str, **facts: object) -> Catalog:
    return world(index("T", "a", name), **facts)  # type: ignore[arg-type]


def to(new: str, catalogs: Mapping[str, Catalog]) -> Wanted:
    """One name for every object that has another."""
    asked = {name: {obj: new for obj in catalog.objects if obj.name != new} for name, catalog in catalogs.items()}
    return Wanted(asked, {name: [] for name in catalogs})


class TestGuards:
    def test_plain_where_all_hold_the_same_old_name(self) -> None:
        catalogs = {"prod": one("x"), "dev": one("x"), "history": one("x")}
        assert guards(merge(catalogs, to("y", catalogs), KNOWN)) == [Guard.PLAIN]

    def test_guarded_where_the_history_is_not_known(self) -> None:
        """What the shadow database holds may be anything."""
        catalogs = {"prod": one("x"), "dev": one("x")}
        assert guards(merge(catalogs, to("y", catalogs))) == [Guard.STRUCTURE]

    def test_if_exists_where_one_has_the_new_name_already(self) -> None:
        catalogs = {"prod": one("y"), "dev": one("x")}
        assert guards(merge(catalogs, to("y", catalogs), KNOWN)) == [Guard.EXISTS]

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(world(index("U", "b", "x")), id="another-index"),
            pytest.param(world(index("T", "a", "x", method="hash"), index("T", "a", "y")), id="another-definition"),
            pytest.param(one("y", taken=(Taken(("relation", "public"), "x", "table"),)), id="a-table"),
        ],
    )
    def test_by_structure_where_the_old_name_is_anothers_elsewhere(self, other: Catalog) -> None:
        """IF EXISTS would rename the wrong one there."""
        catalogs = {"dev": one("x"), "prod": other}
        wanted = Wanted({"dev": {catalogs["dev"].objects[0]: "y"}, "prod": {}}, {"dev": [], "prod": []})
        merged = merge(catalogs, wanted, KNOWN)
        assert guards(merged) == [Guard.STRUCTURE]
        assert names(merged.after["prod"]) == names(other)

    def test_by_structure_where_another_takes_the_old_name(self) -> None:
        """Run again, IF EXISTS would rename that one."""
        chain = world(index("T", "a", "x"), index("T", "b", "y"))
        catalogs = {"dev": chain, "prod": world(index("T", "a", "y"), index("T", "b", "z"))}
        merged = merge(catalogs, aligned(catalogs, "prod"), KNOWN)
        assert (renames(merged), guards(merged)) == (["y>z", "x>y"], [Guard.STRUCTURE, Guard.EXISTS])

    def test_foreign_keys_by_structure(self) -> None:
        """RENAME CONSTRAINT has no IF EXISTS."""
        catalogs = {"prod": world(fk("T", "a", "U(id)", "y")), "dev": world(fk("T", "a", "U(id)", "x"))}
        assert guards(merge(catalogs, aligned(catalogs, "prod"), KNOWN)) == [Guard.STRUCTURE]

    def test_mysql_always(self) -> None:
        """Its DDL commits at once: a file that stopped must simply run again."""
        catalogs = {"prod": one("x", **MYSQL), "dev": one("x", **MYSQL)}
        assert guards(merge(catalogs, to("y", catalogs), KNOWN)) == [Guard.STRUCTURE]
        plain = merge(catalogs, to("y", catalogs), Options(Style.PLAIN))
        assert (guards(plain), guards_down(plain)) == ([Guard.PLAIN], [Guard.PLAIN])

    def test_sqlite_by_name(self) -> None:
        catalogs = {"prod": one("y", **SQLITE), "dev": one("x", **SQLITE)}
        assert guards(merge(catalogs, to("y", catalogs), KNOWN)) == [Guard.EXISTS]

    def test_guarded_on_request(self) -> None:
        catalogs = {"prod": one("x")}
        merged = merge(catalogs, to("y", catalogs), Options(Style.GUARDED, history_known=True))
        assert (guards(merged), guards_down(merged)) == ([Guard.EXISTS], [Guard.STRUCTURE])

    def test_plain_on_request_only_where_it_is_right(self) -> None:
        catalogs = {"prod": one("y"), "dev": one("x")}
        with pytest.raises(PlanError, match="not all have 'x'"):
            merge(catalogs, to("y", catalogs), Options(Style.PLAIN, history_known=True))


def guards_down(migration: Migration) -> list[Guard]:
    return [change.guard for down in migration.downs for change in down.changes]


@pytest.mark.parametrize("style", [Style.PLAIN, Style.AUTO])
def test_plain_where_it_is_not_run_elsewhere(style: Style) -> None:
    """prod only records it as applied: its names are right already."""
    catalogs = {"prod": one("y"), "dev": one("x"), "history": one("x")}
    options = Options(style, history_known=True, resolved=frozenset({"prod"}))
    assert guards(merge(catalogs, to("y", catalogs), options)) == [Guard.PLAIN]


class TestManyEnvironments:
    def test_three_with_three_names(self) -> None:
        catalogs = {"prod": one("p"), "staging": one("s"), "dev": one("d")}
        merged = merge(catalogs, aligned(catalogs, "prod"), KNOWN)
        assert renames(merged) == ["s>p", "d>p"]
        assert [names(catalog) for catalog in merged.after.values()] == [["p"], ["p"], ["p"]]
        assert [(down.environments, down.changes[0].steps[0].new) for down in merged.downs] == [
            (("staging",), "s"),
            (("dev",), "d"),
        ]

    def test_equal_ones_share_statements_and_the_way_back(self) -> None:
        catalogs = {"prod": one("p"), "staging": one("x"), "dev": one("x")}
        merged = merge(catalogs, aligned(catalogs, "prod"), KNOWN)
        assert renames(merged) == ["x>p"]
        assert [down.environments for down in merged.downs] == [("staging", "dev")]

    def test_swapped_names_are_swapped_where_they_are(self) -> None:
        """prod is left alone though it holds both names."""
        catalogs = {
            "prod": world(index("T", "a", "x"), index("T", "b", "y")),
            "dev": world(index("T", "a", "y"), index("T", "b", "x")),
        }
        merged = merge(catalogs, aligned(catalogs, "prod"), KNOWN)
        assert len(renames(merged)) == 3
        assert names(merged.after["prod"]) == names(merged.after["dev"]) == ["x", "y"]

    def test_what_another_environment_needs_first_does_not_leave_one_stuck(self) -> None:
        """The detour of one environment starts in another one too, where the name at its end is not free yet."""
        catalogs = {
            "prod": world(index("T", "a", "x"), index("T", "b", "y"), index("T", "c", "z")),
            "one": world(index("T", "a", "y"), index("T", "b", "x")),
            "two": world(index("T", "a", "y"), index("T", "b", "q"), index("T", "c", "x")),
        }
        merged = merge(catalogs, aligned(catalogs, "prod"), KNOWN)
        assert not any(plan.blocked for plan in merged.plans.values())
        assert names(merged.after["two"]) == ["x", "y", "z"]

    def test_a_foreign_key_comes_back_with_the_actions_it_had(self) -> None:
        """MySQL makes it again: two environments with other actions need a statement each."""
        catalogs = {
            environment: world(made(fk("T", "a", "U(id)", name, on_delete=action)), **MYSQL)  # type: ignore[arg-type]
            for environment, name, action in (("prod", "p", "CASCADE"), ("one", "x", "CASCADE"), ("two", "x", "SET NULL"))
        }
        merged = merge(catalogs, aligned(catalogs, "prod"), KNOWN)
        assert [step.obj.definition.on_delete for change in merged.changes for step in change.steps] == ["CASCADE", "SET NULL"]

    def test_an_index_that_became_its_foreign_keys_own_goes_along_from_then_on(self) -> None:
        """As it will be read: else adopting the defaults after aligning would give it two names."""
        key = index("U", "id", "u_idx"), unique("U", "id", "u")
        catalogs = {
            "prod": world(made(fk("T", "x", "U(id)", "F")), index("T", "x", "F", implicit=True), *key, **MYSQL),  # type: ignore[arg-type]
            "dev": world(made(fk("T", "x", "U(id)", "f")), index("T", "x", "i"), *key, **MYSQL),  # type: ignore[arg-type]
        }
        equal = merge(catalogs, aligned(catalogs, "prod")).after
        assert equal["dev"].objects == equal["prod"].objects
        adopted_ = merge(equal, adopted(equal, "prod"), Options(together=True)).after
        assert adopted_["dev"].objects == adopted_["prod"].objects
        assert {obj.name for obj in adopted_["dev"].objects if obj.key.table.name == "T"} == {"T_x_fkey"}

    def test_postgresql_keeps_them_anyway(self) -> None:
        catalogs = {
            environment: world(fk("T", "a", "U(id)", name, on_delete=action))
            for environment, name, action in (("prod", "p", "CASCADE"), ("one", "x", "CASCADE"), ("two", "x", "SET NULL"))
        }
        assert renames(merge(catalogs, aligned(catalogs, "prod"), KNOWN)) == ["x>p"]

    def test_the_server_that_can_least_sets_the_sql(self) -> None:
        catalogs = {"prod": one("y", **MYSQL), "dev": one("x", provider=Provider.MARIADB, version="10.5.1")}
        assert merge(catalogs, to("y", catalogs)).dialect.provider is Provider.MARIADB


class TestLeftOut:
    TABLE = (Taken(("relation", "public"), "T_a_idx", "table"),)

    def test_adopting_leaves_all_where_one_is_blocked(self) -> None:
        """Else names would differ that were equal."""
        catalogs = {"prod": one("x"), "dev": one("x", taken=self.TABLE)}
        merged = merge(catalogs, adopted(catalogs, "prod"), Options(together=True))
        assert renames(merged) == []
        assert blocked(merged, "prod") == {"x": "in dev: the name is taken by a table"}
        assert blocked(merged, "dev")["x"].endswith("taken by a table")

    def test_aligning_goes_as_far_as_it_can(self) -> None:
        catalogs = {"prod": one("T_a_idx"), "dev": one("x", taken=self.TABLE), "ci": one("x")}
        merged = merge(catalogs, aligned(catalogs, "prod"))
        assert [names(catalog) for catalog in merged.after.values()] == [["T_a_idx"], ["x"], ["T_a_idx"]]
        assert list(blocked(merged, "dev")) == ["x"]
        assert blocked(merged, "ci") == {}

    def test_what_is_unclear_is_listed(self) -> None:
        twins = {environment: world(*(index("T", "a", f"{environment}{n}") for n in (1, 2))) for environment in ("prod", "dev")}
        merged = merge(twins, aligned(twins, "prod"))
        assert blocked(merged, "dev").keys() == {"dev1", "dev2"}

    @pytest.mark.parametrize(
        ("objects", "words"),
        [
            pytest.param([], "wrong thing in ci", id="it-would-be-made-where-it-is-missing"),
            pytest.param([index("U", "b", "x")], "wrong thing in ci", id="another-would-be-dropped"),
        ],
    )
    def test_sqlite_is_left_where_a_name_is_not_enough(self, objects: list[Object], words: str) -> None:
        """IF EXISTS is all the condition there is."""
        catalogs = {"prod": one("y", **SQLITE), "dev": one("x", **SQLITE), "ci": world(*objects, **SQLITE)}  # type: ignore[arg-type]
        merged = merge(catalogs, aligned(catalogs, "prod"))
        assert (renames(merged), words in blocked(merged, "dev")["x"]) == ([], True)

    def test_twins_that_only_one_environment_has_twice(self) -> None:
        """In two, x is one of two twins and wanted elsewhere: what renames it in one must not touch it there."""
        catalogs = {"one": world(index("T", "a", "x")), "two": world(index("T", "a", "x"), index("T", "a", "w"))}
        wanted = Wanted(
            {"one": {catalogs["one"].objects[0]: "y"}, "two": {catalogs["two"].objects[0]: "y"}}, {"one": [], "two": []}
        )
        merged = merge(catalogs, wanted)
        assert renames(merged) == []
        assert all("would do the wrong thing" in reason for reason in blocked(merged, "one").values())
        assert blocked(merged, "two").keys() == {"w"}


def test_nothing_to_do_is_an_empty_file() -> None:
    catalogs = {"prod": world(pk("T", "id", "T_pkey"), unique("T", "a", "T_a_key"))}
    merged = merge(catalogs, adopted(catalogs, "prod"))
    assert (merged.changes, merged.downs, merged.plans["prod"].steps) == ((), (), ())
