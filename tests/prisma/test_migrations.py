"""Migrations folders, and what `_prisma_migrations` says of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from namesync.errors import MigrationError
from namesync.prisma.migrations import Ledger, Migration, Record, State, new_names, read_migrations, slug

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ONE = Migration("20260101000000_one", "SELECT 1;\n")


def record(
    name: str = ONE.name, *, finished: bool = True, rolled_back: bool = False, steps: int = 1, checksum: str = ""
) -> Record:
    return Record(name, checksum or min(ONE.checksums), finished, rolled_back, steps)


@pytest.mark.parametrize(
    ("rows", "state"),
    [
        pytest.param((), State.PENDING, id="pending"),
        pytest.param((record(),), State.APPLIED, id="applied"),
        pytest.param((record(steps=0),), State.RESOLVED, id="resolved"),
        pytest.param((record(finished=False),), State.FAILED, id="failed"),
        pytest.param((record(finished=False, rolled_back=True),), State.ROLLED_BACK, id="rolled-back"),
        pytest.param((record(finished=False, rolled_back=True), record()), State.APPLIED, id="rolled-back-then-applied"),
        pytest.param((record(finished=False, rolled_back=True), record(steps=0)), State.RESOLVED, id="failed-then-resolved"),
        pytest.param((record(finished=False, rolled_back=True), record(finished=False)), State.FAILED, id="failed-twice"),
    ],
)
def test_states(rows: tuple[Record, ...], state: State) -> None:
    ledger = Ledger(True, rows)
    assert ledger.state(ONE.name) is state
    assert bool(ledger.pending([ONE])) is (state in (State.PENDING, State.ROLLED_BACK))
    assert bool(ledger.failed()) is (state is State.FAILED)


def test_line_endings_are_no_edit_but_one_more_line_is() -> None:
    """As the engine was seen to judge."""
    ledger = Ledger(True, (record(checksum=min(Migration("", "a;\nb;\n").checksums)),))
    windows = Migration(ONE.name, "a;\r\nb;\r\n")
    assert min(windows.checksums) == min(Migration("", "a;\nb;\n").checksums)
    assert ledger.edited([windows]) == ()
    assert ledger.edited([Migration(ONE.name, "a;\nb;\n\n")]) == (ONE.name,)


def test_migrations_the_folder_lacks() -> None:
    assert Ledger(True, (record("gone"), record())).unknown([ONE]) == ("gone",)


def test_a_folder_is_read_in_order(tmp_path: Path) -> None:
    for name in ("20260102000000_two", "20260101000000_one"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "migration.sql").write_bytes(f"-- {name}\r\n".encode())
    (tmp_path / "migration_lock.toml").write_text('provider = "postgresql"\n')
    found = read_migrations(tmp_path)
    assert [one.name for one in found] == ["20260101000000_one", "20260102000000_two"]
    assert found[0].sql == "-- 20260101000000_one\r\n"
    assert read_migrations(tmp_path / "absent") == ()


def test_a_directory_without_its_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "20260101000000_one").mkdir()
    with pytest.raises(MigrationError, match=r"has no migration\.sql"):
        read_migrations(tmp_path)


@pytest.mark.parametrize(
    ("labels", "existing", "expected"),
    [
        pytest.param(["sync_names"], [], ["20260304050607_sync_names"], id="now"),
        pytest.param(["a", "b"], [], ["20260304050607_a", "20260304050608_b"], id="two-in-order"),
        pytest.param(["a"], ["20260304050607_x", "0_init"], ["20260304050608_a"], id="same-second"),
        pytest.param(["a"], ["20300101235959_x"], ["20300102000000_a"], id="a-folder-of-the-future"),
        pytest.param(["Fix Names/now-1!"], [], ["20260304050607_fix_names_now_1"], id="slug"),
    ],
)
def test_new_names_are_later_than_every_folder(labels: list[str], existing: list[str], expected: list[str]) -> None:
    found = new_names(labels, existing, NOW)
    assert list(found) == expected
    assert all(name > max(existing, default="") for name in found)


def test_a_folder_that_is_no_date_stops_a_new_name() -> None:
    with pytest.raises(MigrationError, match="99999999999999"):
        new_names(["a"], ["99999999999999_x"], NOW)


def test_slugs_fit_prismas_limit() -> None:
    assert slug("fooBarBaz") == "foo_bar_baz"
    assert len(slug("x" * 500)) == 185
