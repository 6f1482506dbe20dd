"""`namesync status`: how the emitted migrations stand, and what it says that Prisma's own status does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from namesync.emit.commands import Project as Commands
from namesync.emit.goals import Emitted, goals_of
from namesync.emit.status import Status, render, status
from namesync.model import Catalog
from namesync.plan import adopted, aligned, merge, unqualified
from namesync.prisma.migrations import Ledger, Migration, Record, State
from tests.emit.conftest import DEFAULTS, DEV, PROD, Project, execute
from tests.emit.test_emit_history import FIRST, INIT, LEDGER, SCHEMA, add, post, recorded

OLD = Migration("20250101000000_init", "CREATE TABLE t ();\n")
SYNC, ADOPT = "20260101000000_sync_names", "20260101000001_adopt_default_names"
BASE = Record(OLD.name, min(OLD.checksums), True, False, 1)


def emitted() -> list[Emitted]:
    """Prod's names for dev, then the defaults for both."""
    catalogs = unqualified({"prod": PROD, "dev": DEV})
    sync = merge(catalogs, aligned(catalogs, "prod"))
    adopt = merge(sync.after, adopted(sync.after, "prod"))
    return [Emitted(SYNC, goals_of(sync)), Emitted(ADOPT, goals_of(adopt))]


def found(have: Catalog, *records: Record, folders: list[Emitted] | None = None, ledger: bool = True) -> Status:
    """The status of `dev`."""
    known = Ledger(True, (BASE, *records)) if ledger else None
    folders = emitted() if folders is None else folders
    history = [OLD, *(Migration(one.name, "") for one in folders)]
    return status({"dev": have}, {"dev": known}, folders, history, {"dev": "DEV_DATABASE_URL"}, Commands())


def told(one: Status) -> list[tuple[State | None, int, bool]]:
    return [(standing.state, standing.unmet, standing.settled) for standing in one.standings["dev"]]


def commands(one: Status) -> list[str]:
    return [command.line.partition(" migrate ")[2] for command in one.next["dev"].commands]


DONE, RESOLVED = (State.APPLIED, 0, True), (State.RESOLVED, 0, True)


def row(name: str, *, steps: int = 1, finished: bool = True, back: bool = False) -> Record:
    return Record(name, "", finished, back, steps)


@pytest.mark.parametrize(
    ("have", "records", "expected", "typed"),
    [
        pytest.param(DEV, [], [(State.PENDING, 3, False), (State.PENDING, 1, False)], ["deploy"], id="nothing-run"),
        pytest.param(PROD, [row(SYNC)], [DONE, (State.PENDING, 3, False)], ["deploy"], id="aligned"),
        pytest.param(PROD, [row(SYNC, steps=0)], [RESOLVED, (State.PENDING, 3, False)], ["deploy"], id="resolved"),
        pytest.param(DEFAULTS, [row(SYNC), row(ADOPT)], [DONE, DONE], [], id="all-run"),
        pytest.param(
            DEFAULTS, [], [(State.PENDING, 0, False), (State.PENDING, 0, False)],
            [f"resolve --applied {SYNC}", f"resolve --applied {ADOPT}"], id="done-by-hand",
        ),
        pytest.param(
            DEV, [row(SYNC, finished=False)], [(State.FAILED, 3, False), (State.PENDING, 1, False)],
            [f"resolve --rolled-back {SYNC}", "deploy"], id="failed",
        ),
        pytest.param(
            DEFAULTS, [row(SYNC), row(ADOPT, finished=False)], [DONE, (State.FAILED, 0, False)],
            [f"resolve --applied {ADOPT}"], id="failed-though-all-is-done",
        ),
        pytest.param(
            DEV, [row(SYNC, finished=False, back=True)], [(State.ROLLED_BACK, 3, False), (State.PENDING, 1, False)],
            ["deploy"], id="rolled-back: prisma says up to date",
        ),
        pytest.param(DEV, [row(SYNC), row(ADOPT)], [(State.APPLIED, 1, False)] * 2, [], id="drifted-again"),
        pytest.param(
            DEV, [row(SYNC, steps=0), row(ADOPT)], [(State.RESOLVED, 1, False), (State.APPLIED, 1, False)], [],
            id="resolved-where-it-did-not-match",
        ),
    ],
)  # fmt: skip
def test_standings(have: Catalog, records: list[Record], expected: list[tuple[State, int, bool]], typed: list[str]) -> None:
    one = found(have, *records)
    assert told(one) == expected
    assert commands(one) == typed
    assert one.exit_code == int(not all(settled for _, _, settled in expected))


def test_what_is_recorded_and_not_so_is_pointed_out() -> None:
    text = render(found(DEV, row(SYNC), row(ADOPT)))
    assert f"  !! {SYNC}: applied, 1 name to change\n     recorded as applied, but names differ" in text
    assert f"  !! {ADOPT}: applied, 1 name to change\n" in text


def test_a_migration_is_not_skipped_for_one_that_counts_on_it() -> None:
    """In dev the key has its final name, the foreign key has not: both migrations run, the first one there and back."""
    assert told(found(DEV))[0] == (State.PENDING, 3, False)


def test_an_unreadable_ledger_is_not_clean() -> None:
    one = found(DEFAULTS, ledger=False)
    assert [state for state, _, _ in told(one)] == [None, None]
    assert one.exit_code == 1
    assert "could not read _prisma_migrations" in render(one)


def test_nothing_emitted() -> None:
    one = found(DEV, folders=[])
    assert one.exit_code == 0
    assert "no migration of namesync's is in the migrations folder" in render(one)


@pytest.mark.parametrize(
    ("ledger", "words"),
    [
        pytest.param(
            Ledger(True, (Record(OLD.name, "edited", True, False, 1),)), "was edited after it was applied", id="edited"
        ),
        pytest.param(Ledger(True, (BASE, row("2024_gone"))), "2024_gone was applied here and is not in the folder", id="lost"),
        pytest.param(Ledger(True, (Record(OLD.name, "", False, False, 0),)), "failed here", id="failed"),
        pytest.param(Ledger(True, (Record(OLD.name, "", False, True, 0),)), "was rolled back here", id="rolled-back"),
    ],
)
def test_what_prismas_status_keeps_quiet_about(ledger: Ledger, words: str) -> None:
    one = status({"dev": DEV}, {"dev": ledger}, [], [OLD], {}, Commands())
    assert one.exit_code == 1
    assert words in render(one)


def test_a_database_that_was_never_baselined() -> None:
    folders = emitted()
    history = [OLD, *(Migration(one.name, "") for one in folders)]
    one = status({"dev": DEV}, {"dev": Ledger(False)}, folders, history, {}, Commands())
    assert commands(one) == [f"resolve --applied {OLD.name}", "deploy"]


@pytest.fixture
def aligned_project(sqlite_project: Callable[..., Project]) -> Project:
    """Prod and dev on SQLite with a history, and what an emit wrote for them."""
    ledger = LEDGER + recorded(FIRST, INIT)
    project = sqlite_project(SCHEMA, prod=post("odd", "Post_body_idx") + ledger, dev=INIT + ledger)
    add(project, FIRST, INIT)
    project.emit("prod", "dev")
    return project


def settled(document: dict[str, Any]) -> dict[str, bool]:
    return {
        name: all(one["settled"] for one in environment["migrations"]) for name, environment in document["environments"].items()
    }


def test_from_pending_to_settled(aligned_project: Project) -> None:
    project = aligned_project
    folder = project.folders()[-1]
    assert settled(project.json("status", "prod", "dev", code=1)) == {"prod": False, "dev": False}
    text = project.text("status", "prod", "dev", code=1)
    assert f"prod\n  !! {folder}: pending, the names match\n" in text
    assert f"dev\n  !! {folder}: pending, 1 name to change\n" in text
    sql = (project.migrations / folder / "migration.sql").read_text()
    record = recorded(folder, sql)
    execute(project.folder / "prod.db", record.replace(", 1);", ", 0);"))
    assert settled(project.json("status", "prod", "dev", code=1)) == {"prod": True, "dev": False}
    execute(project.folder / "dev.db", sql + record)
    assert settled(project.json("status", "prod", "dev")) == {"prod": True, "dev": True}
    assert project.text("status", "prod", "dev") == (
        f"prod\n  ok {folder}: resolved, the names match\n\ndev\n  ok {folder}: applied, the names match\n"
    )


def test_a_resolve_that_was_wrong_is_found_out(aligned_project: Project) -> None:
    project = aligned_project
    folder = project.folders()[-1]
    sql = (project.migrations / folder / "migration.sql").read_text()
    execute(project.folder / "dev.db", recorded(folder, sql))
    document = project.json("status", "dev", code=1)
    (one,) = document["environments"]["dev"]["migrations"]
    assert (one["state"], one["names_to_change"], one["settled"]) == ("applied", 1, False)
    again = project.emit("prod", "dev")
    assert again["migrations"][0]["present"] is False
    assert len(project.folders()) == 3


def test_a_migration_edited_by_hand_after_it_was_applied(aligned_project: Project) -> None:
    project = aligned_project
    (project.migrations / FIRST / "migration.sql").write_text(INIT + "-- more\n")
    assert f"{FIRST} was edited after it was applied here" in project.text("status", "dev", code=1)


def test_what_can_not_be_read_is_an_error(aligned_project: Project) -> None:
    assert "unknown environment" in aligned_project.refused("status", "qa").err
    (aligned_project.folder / "dev.db").write_text("no database")
    assert "dev could not be read" in aligned_project.refused("status", "prod", "dev").err


def test_snapshots_have_no_ledger(project: Project) -> None:
    project.emit("prod", "dev")
    document = project.json("status", "prod", "dev", code=1)
    assert [one["state"] for one in document["environments"]["dev"]["migrations"]] == [None]
    assert document["environments"]["dev"]["migrations"][0]["names_to_change"] == 3
    assert document["environments"]["prod"]["migrations"][0]["names_to_change"] == 0
    assert render(found(DEV, ledger=False)).count("!!") == 3
