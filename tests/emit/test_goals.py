"""What an emitted migration is for: kept beside it, read again, compared with live names."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync.emit.goals import FILE, Emitted, Goal, dump, goals_of, read_emitted, unmet
from namesync.errors import MigrationError
from namesync.model import Catalog, Key, Kind, Part, Reference, TableRef
from namesync.plan import adopted, aligned, merge, unqualified
from tests.core.worlds import fk, index, pk, unique, world

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
tables = st.builds(TableRef, st.sampled_from(["", "public"]), names)
columns = st.lists(names, min_size=1, max_size=3).map(tuple)
keys = st.builds(Key, st.sampled_from(Kind), tables, columns, st.none() | st.builds(Reference, tables, columns))
goals = st.frozensets(st.builds(Goal, keys, names, names), max_size=4)


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir()
    (folder / name / FILE).write_text(text, encoding="utf-8")


@given(goals)
def test_goals_survive_the_file(tmp_path_factory: pytest.TempPathFactory, found: frozenset[Goal]) -> None:
    folder = tmp_path_factory.mktemp("goals")
    write(folder, "1_names", dump(found))
    assert read_emitted(folder) == (Emitted("1_names", found),)


def test_the_file_is_the_same_for_the_same_goals() -> None:
    made = [Goal(Key(Kind.INDEX, TableRef("", table), ("a",)), "x", "y") for table in "abc"]
    assert dump(made) == dump(reversed(made))


WHOLE = dump([Goal(Key(Kind.INDEX, TableRef("", "User"), ("id",)), "new", "old")])


def test_only_our_own_folders_are_read(tmp_path: Path) -> None:
    (tmp_path / "0_init").mkdir()
    (tmp_path / "0_init" / "migration.sql").write_text("")
    write(tmp_path, "2_b", dump([]))
    write(tmp_path, "1_a", dump([]))
    assert [one.name for one in read_emitted(tmp_path)] == ["1_a", "2_b"]
    assert read_emitted(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("{", "is damaged", id="cut-off"),
        pytest.param("[]", "is damaged", id="a-list"),
        pytest.param("[" * 100_000, "is damaged: nested too deeply", id="nested-without-end"),
        pytest.param(WHOLE.replace('"User"', "5"), "is damaged: 5 is no text", id="a-number-for-a-table"),
        pytest.param(re.sub(r'\[\s*"id"\s*\]', '"id"', WHOLE), "is damaged: columns is no list", id="a-text-for-columns"),
        pytest.param('{"format_version": 1}', "is damaged", id="no-goals"),
        pytest.param('{"format_version": 1, "goals": [{"kind": "view"}]}', "is damaged", id="an-unknown-kind"),
        pytest.param('{"format_version": 2, "goals": []}', "newer namesync", id="newer"),
    ],
)
def test_a_file_that_can_not_be_understood_is_an_error(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, "1_a", text)
    with pytest.raises(MigrationError, match=words):
        read_emitted(tmp_path)


PROD = world(index("Post", "a", "i1"), index("Post", "b", "i2"))
SWAPPED = world(index("Post", "a", "i2"), index("Post", "b", "i1"))


def of(authority: Catalog, **others: Catalog) -> frozenset[Goal]:
    catalogs = unqualified({"prod": authority, **others})
    return goals_of(merge(catalogs, aligned(catalogs, "prod")))


def told(found: frozenset[Goal]) -> set[tuple[str, str, str]]:
    return {(goal.key.columns[0], goal.old, goal.name) for goal in found}


def test_a_name_that_is_only_passed_through_is_no_goal() -> None:
    found = told(of(PROD, dev=SWAPPED))
    assert {("a", "i2", "i1"), ("b", "i1", "i2")} <= found
    (extra,) = found - {("a", "i2", "i1"), ("b", "i1", "i2")}
    assert extra[1].startswith("namesync_")  # a run that stopped there goes on from it
    assert extra[2] in {"i1", "i2"}


def test_goals_are_those_of_all_environments() -> None:
    found = told(of(PROD, dev=world(index("Post", "a", "x")), qa=world(index("Post", "a", "y"), index("Post", "b", "z"))))
    assert found == {("a", "x", "i1"), ("a", "y", "i1"), ("b", "z", "i2")}


OBJECTS = (pk("User", "id", "k"), unique("User", "email", "u"), fk("Post", "userId", "User(id)", "f"))


@pytest.mark.parametrize(
    ("have", "left"),
    [
        pytest.param(world(*OBJECTS), {"id", "email", "userId"}, id="all"),
        pytest.param(world(pk("User", "id", "User_pkey"), *OBJECTS[1:]), {"email", "userId"}, id="one-done"),
        pytest.param(world(OBJECTS[2]), {"userId"}, id="what-is-not-there-is-not-counted"),
        pytest.param(world(*OBJECTS, schemas=("public", "other")), {"id", "email", "userId"}, id="several-schemas"),
    ],
)
def test_unmet(have: Catalog, left: set[str]) -> None:
    catalogs = unqualified({"dev": world(*OBJECTS, schemas=have.schemas), "qa": world(*OBJECTS[:2], schemas=have.schemas)})
    goals = goals_of(merge(catalogs, adopted(catalogs, "dev")))
    assert {goal.key.columns[0] for goal in unmet(goals, have)} == left


def test_objects_of_one_key_are_counted_one_by_one() -> None:
    """An ascending and a descending index on one column: two objects, one key."""
    key = Key(Kind.INDEX, TableRef("", "Post"), ("a",))
    goals = {Goal(key, "up", "x"), Goal(key, "up", "y"), Goal(key, "down", "z")}
    have = world(index("Post", "a", "up"), index("Post", "a", "z", parts=(Part(descending=True),)))
    assert [goal.name for goal in unmet(goals, have)] == ["down"]
    assert json.loads(dump(goals))["format_version"] == 1
