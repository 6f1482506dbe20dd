"""What each rule says, and when it is silent."""

from __future__ import annotations

import re

import pytest

from namesync.check import check, check_declared
from namesync.check.context import SCHEMA
from namesync.convention import PROFILES
from namesync.match import match
from namesync.model import Catalog, Location, Provider, Table, TableRef, Taken
from namesync.report import SEVERITIES, Finding, Report, Rule, Severity
from tests.core.judging import judge
from tests.core.worlds import fk, index, pk, unique, world


def test_name_drift_says_what_is_equal_and_what_differs() -> None:
    found = judge(
        prod=world(fk("Post", "authorName", "User(name)", "Custom_Production_Name")),
        dev=world(fk("Post", "authorName", "User(name)", "Custom_Foreign_Key_Constraint")),
    )
    (drift,) = found[Rule.NAME_DRIFT]
    assert list(found) == [Rule.NAME_DRIFT]
    assert drift.message == (
        "same foreign key, only the name differs: Custom_Production_Name in prod, Custom_Foreign_Key_Constraint in dev; "
        "Prisma would call it Post_authorName_fkey"
    )
    assert drift.names == {"prod": "Custom_Production_Name", "dev": "Custom_Foreign_Key_Constraint"}
    assert drift.expected == "Post_authorName_fkey"
    assert drift.severity is Severity.ERROR


def test_name_drift_tells_who_has_prismas_own_name() -> None:
    found = judge(prod=world(index("T", "a", "odd")), dev=world(index("T", "a", "T_a_idx")), test=world(index("T", "a", "odd")))
    assert found[Rule.NAME_DRIFT][0].message == (
        "same index, only the name differs: odd in prod and test, T_a_idx in dev (dev has Prisma's own name)"
    )


def test_drift_of_name_and_definition_are_both_told() -> None:
    found = judge(prod=world(unique("T", "a", "x", constraint=True)), dev=world(unique("T", "a", "y")))
    assert found[Rule.NAME_DRIFT][0].message.startswith(
        "same unique, but its name and its definition differ: x in prod, y in dev"
    )
    (drift,) = found[Rule.DEFINITION_DRIFT]
    assert drift.differences == {"behind it": {"prod": "a constraint", "dev": "an index"}}
    assert drift.message == (
        "same unique on the same columns, but its definition differs: behind it: a constraint in prod, an index in dev"
    )


def test_equal_names_by_the_convention_are_clean() -> None:
    same = world(
        pk("User", "id", "User_pkey"),
        unique("User", "email", "User_email_key"),
        fk("Post", "authorId", "User(id)", "Post_authorId_fkey"),
    )
    assert judge(prod=same, dev=same) == {}


def test_off_convention_is_one_odd_name_everywhere() -> None:
    same = world(index("T", "a", "odd"))
    (note,) = judge(prod=same, dev=same)[Rule.OFF_CONVENTION]
    assert note.message == "odd in every environment; Prisma would call it T_a_idx"
    assert note.severity is Severity.NOTE


def test_off_convention_tells_when_the_default_name_is_held() -> None:
    same = world(index("T", "a", "T_a_idx"), index("T", "a", "T_a_idx2"))
    (note,) = judge(prod=same, dev=same)[Rule.OFF_CONVENTION]
    assert note.message.endswith("Prisma would call it T_a_idx, a name that the index on T(a) has: it needs a `map:`")


def test_off_convention_tells_when_a_table_has_the_default_name() -> None:
    same = world(index("T", "a", "odd"), taken=(Taken(("relation", "public"), "T_a_idx", "table"),))
    assert "a name that a table has" in judge(prod=same, dev=same)[Rule.OFF_CONVENTION][0].message


def test_missing_objects_and_tables() -> None:
    (missing,) = judge(prod=world(index("T", "a", "T_a_idx")), dev=world())[Rule.MISSING_OBJECT]
    assert missing.message == "this index is in prod, not in dev (the whole table is missing in dev)"
    assert missing.names == {"prod": "T_a_idx", "dev": None}


def test_an_index_that_is_missing_elsewhere_and_invalid_here() -> None:
    half = world(unique("T", "a", "T_a_key", valid=False))
    (missing,) = judge(prod=half, dev=world(pk("T", "a", "T_pkey")))[Rule.MISSING_OBJECT][1:]
    assert "this unique index is in prod, not in dev: it is INVALID in prod" in missing.message


def test_unmanaged_objects_are_reported_and_never_drift() -> None:
    reason = "Prisma has no expression indexes"
    found = judge(
        prod=world(index("T", "lower(a)", "x", unmanaged=reason)), dev=world(index("T", "lower(a)", "y", unmanaged=reason))
    )
    assert list(found) == [Rule.UNMANAGED_OBJECT]
    assert found[Rule.UNMANAGED_OBJECT][0].message == (
        f"its name differs (x in prod, y in dev): {reason}; namesync reports it and never renames it"
    )


def test_ambiguous_groups_list_their_candidates() -> None:
    (found,) = judge(prod=world(index("T", "a", "x"), index("T", "a", "y")), dev=world(index("T", "a", "z")))[
        Rule.AMBIGUOUS_MATCH
    ]
    assert found.candidates == {"prod": ("x", "y"), "dev": ("z",)}
    assert found.names == {"prod": None, "dev": "z"}
    assert found.message == (
        "several objects are the same index and can't be told apart, so none is renamed: prod has x and y; dev has z"
    )


TABLE = Taken(("relation", "public"), "good", "table")
COLLISIONS = [
    pytest.param(
        [index("T", "a", "good")], world(index("T", "a", "bad"), taken=(TABLE,)), "a table has the name good", id="table"
    ),
    pytest.param(
        [index("T", "a", "good")],
        world(index("T", "a", "bad"), index("U", "b", "good")),
        "the index on U(b) has the name good already, which bad should get",
        id="an-object-that-stays",
    ),
    pytest.param(
        [fk("T", "a", "U(id)", "good")],
        world(fk("T", "a", "U(id)", "bad"), taken=(Taken(("constraint", "public", "T"), "good", "check constraint"),)),
        "a check constraint has the name good",
        id="check-constraint",
    ),
]


@pytest.mark.parametrize(("prod", "dev", "words"), COLLISIONS)
def test_collisions(prod: list, dev: Catalog, words: str) -> None:
    (found,) = judge(prod=world(*prod), dev=dev)[Rule.NAME_COLLISION]
    assert words in found.message
    assert found.message.startswith("in dev, ")


def test_swapped_names_are_no_collision() -> None:
    found = judge(prod=world(index("T", "a", "x"), index("T", "b", "y")), dev=world(index("T", "a", "y"), index("T", "b", "x")))
    assert list(found) == [Rule.NAME_DRIFT]


def test_one_name_wanted_twice_is_a_collision() -> None:
    """MariaDB 12.1 lets two tables have a foreign key of one name; before, a database can't."""
    names = (fk("T", "a", "U(id)", "one", schema="db"), fk("V", "a", "U(id)", "one", schema="db"))
    others = (fk("T", "a", "U(id)", "t", schema="db"), fk("V", "a", "U(id)", "v", schema="db"))
    new = world(*names, provider=Provider.MARIADB, version="12.1.2", schemas=("db",))
    old = world(*others, provider=Provider.MARIADB, version="10.11.6", schemas=("db",))
    found = judge(prod=new, dev=old)[Rule.NAME_COLLISION]
    assert [one.message.split(":")[0] for one in found] == [
        "in dev, the foreign key on V(a) should get the name one as well",
        "in dev, the foreign key on T(a) should get the name one as well",
    ]


JOIN = (
    fk("_PostToTag", "A", "Post(id)", "_PostToTag_A_fkey"),
    fk("_PostToTag", "B", "Tag(id)", "_PostToTag_B_fkey"),
    index("_PostToTag", "B", "_PostToTag_B_index"),
)


def test_join_tables_of_prisma_5_and_6() -> None:
    five = world(*JOIN, unique("_PostToTag", "A B", "_PostToTag_AB_unique"))
    six = world(*JOIN, pk("_PostToTag", "A B", "_PostToTag_AB_pkey"))
    assert judge(prod=five, dev=five) == judge(prod=six, dev=six) == {}
    found = judge(prod=five, dev=six)
    assert list(found) == [Rule.MISSING_OBJECT]
    assert all("Prisma 6 and later a primary key" in one.message for one in found[Rule.MISSING_OBJECT])


def test_the_declared_name_is_shown_when_a_schema_is_known() -> None:
    here = Location("prisma/schema.prisma", 3, 5)
    schema = world(index("T", "a", "odd", location=here), declared=True, version="")
    same = world(index("T", "a", "odd"))
    (note,) = judge(prod=same, dev=same, declared=schema)[Rule.OFF_CONVENTION]
    assert (note.declared, note.location) == ("odd", here)


def against_schema(schema: Catalog, **catalogs: Catalog) -> list[Finding]:
    pairs = match({**catalogs, SCHEMA: schema})
    return list(check_declared(catalogs, pairs, authority="prod", profile=PROFILES["prisma"], declared=schema))


def test_schema_mismatch_names_the_file_and_the_environments() -> None:
    here = Location("prisma/schema.prisma", 3, 5)
    schema = world(index("T", "a", "T_a_idx", location=here), declared=True, version="")
    (found,) = against_schema(schema, prod=world(index("T", "a", "odd")), dev=world(index("T", "a", "T_a_idx")))
    assert (found.rule, found.declared, found.location) == (Rule.SCHEMA_MISMATCH, "T_a_idx", here)
    assert found.message.startswith("same index, only the name differs: T_a_idx in schema.prisma, odd in prod")
    assert found.names == {"prod": "odd", "dev": "T_a_idx"}


def test_the_schema_and_the_database_may_lack_objects() -> None:
    found = against_schema(world(index("T", "a", "x"), declared=True, version=""), prod=world(index("T", "b", "y")))
    assert [(one.rule, one.key.columns) for one in found] == [(Rule.MISSING_OBJECT, ("a",)), (Rule.MISSING_OBJECT, ("b",))]
    assert "prisma migrate deploy" in found[0].message
    assert "prisma db pull" in found[1].message


def test_what_a_schema_cannot_say_is_not_missing_in_it() -> None:
    live = world(index("T", "lower(a)", "x", unmanaged="expression"))
    assert [one.rule for one in against_schema(world(declared=True, version=""), prod=live)] == [Rule.UNMANAGED_OBJECT]


def test_fingerprints_follow_the_key_and_not_the_name() -> None:
    def print_of(prod: str, dev: str) -> str:
        return judge(prod=world(index("T", "a", prod)), dev=world(index("T", "a", dev)))[Rule.NAME_DRIFT][0].fingerprint

    assert print_of("x", "y") == print_of("u", "v")
    other = judge(prod=world(index("T", "b", "x")), dev=world(index("T", "b", "y")))[Rule.NAME_DRIFT][0].fingerprint
    assert other != print_of("x", "y")


def test_fingerprints_of_twins_differ() -> None:
    same = world(index("T", "a", "x"), index("T", "a", "y"))
    prints = [one.fingerprint for one in judge(prod=same, dev=same)[Rule.OFF_CONVENTION]]
    assert len(set(prints)) == len(prints) == 2


def test_names_that_could_be_misread_are_quoted_in_messages() -> None:
    (drift,) = judge(prod=world(index("T", "a", "a b")), dev=world(index("T", "a", 'q"q')))[Rule.NAME_DRIFT]
    assert '"a b" in prod, "q""q" in dev' in drift.message


def test_a_partition_is_left_alone() -> None:
    child = Table(TableRef("public", "T_1"), ("a",), partition_of=TableRef("public", "T"))
    assert judge(prod=world(index("T_1", "a", "x"), tables=(child,)), dev=world(index("T_1", "a", "y"), tables=(child,))) == {}


def test_every_rule_has_a_severity_and_the_exit_code_follows_it() -> None:
    assert set(SEVERITIES) == set(Rule)
    same = world(index("T", "a", "odd"))
    catalogs = {"prod": same, "dev": same}
    findings = check(catalogs, match(catalogs), authority="prod", profile=PROFILES["prisma"])
    report = Report("diff", "prisma", (), findings, 1)
    assert report.exit_code() == 0
    assert report.exit_code(Severity.NOTE) == 1
    assert report.exit_code(None) == 0
    assert report.summary["off-convention"] == 1
    assert re.fullmatch(r"[0-9a-f]{32}", findings[0].fingerprint)
