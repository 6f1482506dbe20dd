"""Which names are wanted where."""

from __future__ import annotations

from dataclasses import replace

import pytest

from namesync.model import Object, Provider, Reference, Table, TableRef, Taken
from namesync.plan import Wanted, adopted, aligned, unqualified
from tests.core.worlds import fk, index, pk, unique, world
from tests.plan.test_renames import MYSQL, SQLITE


def names(wanted: Wanted, environment: str) -> dict[str, str]:
    return {obj.name: new for obj, new in wanted.names[environment].items()}


def unclear(wanted: Wanted, environment: str) -> dict[str, str]:
    return {one.obj.name: one.reason for one in wanted.unclear[environment]}


class TestAligning:
    def test_the_authority_names_everybody(self) -> None:
        prod = world(index("T", "a", "p"), index("T", "b", "same"))
        catalogs = {
            "prod": prod,
            "dev": world(index("T", "a", "d"), index("T", "b", "same")),
            "ci": world(index("T", "a", "p")),
        }
        wanted = aligned(catalogs, "prod")
        assert [names(wanted, environment) for environment in catalogs] == [{}, {"d": "p"}, {}]
        assert wanted.why == "the name in prod"

    def test_what_the_authority_has_not_keeps_its_name(self) -> None:
        catalogs = {name: world(index("T", "a", name)) for name in ("dev", "ci")} | {"prod": world()}
        assert not any(names(aligned(catalogs, "prod"), environment) for environment in catalogs)

    def test_what_can_not_be_told_apart_is_not_renamed(self) -> None:
        twins = {
            environment: world(*(index("T", "a", f"{environment}{number}") for number in (1, 2)))
            for environment in ("prod", "dev")
        }
        wanted = aligned(twins, "prod")
        assert names(wanted, "dev") == {}
        assert unclear(wanted, "dev").keys() == {"dev1", "dev2"}
        assert "'dev1', 'dev2'" in unclear(wanted, "dev")["dev1"]

    def test_what_prisma_can_not_express_is_not_renamed(self) -> None:
        """Whichever side says so: the planner sees the one that is to be renamed, this the authority's."""
        partial = index("T", "a", "p", unmanaged="partial index")
        assert unclear(aligned({"prod": world(partial), "dev": world(index("T", "a", "d"))}, "prod"), "dev") == {
            "d": "Prisma can't express it: partial index"
        }

    def test_a_name_of_the_servers_own_making_is_nobodys_model(self) -> None:
        automatic = unique("T", "a", "sqlite_autoindex_T_1", implicit=True, constraint=True)
        catalogs = {"prod": world(automatic, **SQLITE), "dev": world(unique("T", "a", "T_a_key"), **SQLITE)}  # type: ignore[arg-type]
        wanted = aligned(catalogs, "prod")
        assert (names(wanted, "dev"), list(unclear(wanted, "dev"))) == ({}, ["T_a_key"])

    @pytest.mark.parametrize(
        ("theirs", "ours", "expected"),
        [
            pytest.param(True, True, {"f": "F"}, id="both-follow-their-foreign-keys"),
            pytest.param(False, True, {"f": "F", "i": "I"}, id="it-gets-a-name-of-its-own"),
            pytest.param(True, False, {"f": "F", "i": "I"}, id="it-becomes-the-foreign-keys"),
        ],
    )
    def test_the_index_behind_a_foreign_key(self, theirs: bool, ours: bool, expected: dict[str, str]) -> None:
        prod = world(fk("T", "x", "U(id)", "F"), index("T", "x", "I", implicit=theirs), **MYSQL)  # type: ignore[arg-type]
        dev = world(fk("T", "x", "U(id)", "f"), index("T", "x", "i", implicit=ours), **MYSQL)  # type: ignore[arg-type]
        assert names(aligned({"prod": prod, "dev": dev}, "prod"), "dev") == expected


class TestAdopting:
    def test_everybody_gets_the_default_name(self) -> None:
        catalogs = {
            "prod": world(pk("User", "id", "pk"), unique("User", "email", "User.email_unique")),
            "dev": world(pk("User", "id", "User_pkey"), unique("User", "email", "odd")),
        }
        wanted = adopted(catalogs, "prod")
        assert names(wanted, "prod") == {"pk": "User_pkey", "User.email_unique": "User_email_key"}
        assert names(wanted, "dev") == {"odd": "User_email_key"}

    def test_what_has_no_default_name_keeps_its_own(self) -> None:
        objects = [
            index("T", "a", "partial", unmanaged="partial index"),
            index("T", "f", "f", implicit=True),
            pk("T", "id", "PRIMARY"),
        ]
        assert names(adopted({"prod": world(*objects, **MYSQL)}, "prod"), "prod") == {}  # type: ignore[arg-type]

    def test_the_default_is_made_where_tables_keep_their_case(self) -> None:
        """lower_case_table_names = 1 in one environment must not make another name there."""
        folding = world(index("post", "a", "x"), folds_tables=True, **MYSQL)  # type: ignore[arg-type]
        keeping = world(index("Post", "a", "y"), **MYSQL)  # type: ignore[arg-type]
        wanted = adopted({"prod": folding, "dev": keeping}, "prod")
        assert [names(wanted, environment) for environment in ("prod", "dev")] == [{"x": "Post_a_idx"}, {"y": "Post_a_idx"}]


def parted(name: str, *, default: str = "odd") -> tuple[Table, Object]:
    return Table(TableRef("public", name), ("a",), partition_of=TableRef("public", "T")), fk(name, "a", "U(id)", default)


def test_a_partitions_foreign_key_goes_along_with_its_parents() -> None:
    """PostgreSQL gives it the same name, and does not rename it with the parent's."""
    (one, odd), (two, other) = parted("T1"), parted("T2", default="another")
    sub = Table(TableRef("public", "T1a"), ("a",), partition_of=TableRef("public", "T1"))
    parent = Table(TableRef("public", "T"), ("a",), partitioned=True)
    own = index("T1", "a", "odd_index")
    catalog = world(
        fk("T", "a", "U(id)", "odd"), odd, other, fk("T1a", "a", "U(id)", "odd"), own, tables=(parent, one, two, sub)
    )
    wanted = adopted({"prod": catalog}, "prod").names["prod"]
    assert {obj.key.table.name: new for obj, new in wanted.items()} == dict.fromkeys(("T", "T1", "T1a"), "T_a_fkey")


class TestUnqualified:
    def test_one_schema_has_no_name(self) -> None:
        """Then `tenant_a` and `tenant_b` share a script, and statements go by the search path as Prisma's own do."""
        taken = (Taken(("relation", "tenant_a"), "v", "view"), Taken(("relation", "elsewhere"), "v", "view"))
        elsewhere = fk("T", "a", "U(id)", "f", schema="tenant_a")
        elsewhere = replace(elsewhere, key=elsewhere.key._replace(references=Reference(TableRef("elsewhere", "U"), ("id",))))
        catalog = world(
            index("T", "a", "x", schema="tenant_a"), elsewhere, schemas=("tenant_a",), taken=taken, folds_tables=True
        )
        found = unqualified({"a": catalog})["a"]
        assert {obj.key.table for obj in found.objects} == {TableRef("", "T")}
        assert {table.ref for table in found.tables} == {TableRef("", "T")}
        assert {obj.key.references.table.schema for obj in found.objects if obj.key.references} == {"elsewhere"}
        assert [one.scope for one in found.taken] == [("relation", ""), ("relation", "elsewhere")]
        assert (found.folds_tables, found.server_version, found.provider) == (True, "16.4", Provider.POSTGRESQL)

    def test_several_schemas_keep_their_names(self) -> None:
        catalogs = {"a": world(schemas=("x", "y")), "b": world(index("T", "a", "i"), schemas=("public",))}
        assert unqualified(catalogs) == catalogs
