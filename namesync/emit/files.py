"""The files of an emit: migration folders with their SQL, put in place whole, together with the changes of the schema."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from namesync.emit.emission import HISTORY, Emission
from namesync.emit.goals import FILE, Emitted, Goal, dump, goals_of
from namesync.errors import MigrationError
from namesync.files import alone, draft_in, remedy, write_flushed
from namesync.plan import Migration
from namesync.prisma.migrations import Ledger, new_names
from namesync.prisma.write import write_changes
from namesync.render.sql import script

SYNC, PROMOTE, ADOPT = "sync_names", "promote_join_tables", "adopt_default_names"


@dataclass(frozen=True, slots=True)
class WayBack:
    """A script that undoes a migration, and where it is right: environments that held different names need different ones.

    `file` is "" for that of the migration history, which nobody runs.
    """

    file: str
    environments: tuple[str, ...]
    sql: str

    @property
    def databases(self) -> tuple[str, ...]:
        """The environments that are databases."""
        return tuple(environment for environment in self.environments if environment != HISTORY)


@dataclass(frozen=True, slots=True)
class MigrationFiles:
    """One emitted folder: its name, `migration.sql`, the ways back, and what it is for.

    The first way back is `down.sql`, others are `down.ENV.sql`. `present`: an earlier emit wrote it, and it still waits to be
    deployed.
    """

    name: str
    sql: str
    downs: tuple[WayBack, ...]
    migration: Migration
    goals: frozenset[Goal]
    present: bool = False

    @property
    def files(self) -> dict[str, str]:
        """File name -> text."""
        downs = {down.file: down.sql for down in self.downs if down.file}
        return {"migration.sql": self.sql, **downs, FILE: dump(self.goals)}


def migration_files(
    emission: Emission,
    existing: Iterable[str],
    emitted: Sequence[Emitted],
    ledgers: Mapping[str, Ledger | None],
    now: datetime,
    *,
    sync: str = SYNC,
    adopt: str = ADOPT,
) -> tuple[MigrationFiles, ...]:
    """The folders of an emit; `now` in UTC, `sync` and `adopt` are their labels.

    A new folder is later than all `existing` ones. One that an earlier emit wrote for at least the same (among `emitted`) is
    used instead, where it still waits to be deployed in every environment that needs it.
    """
    labels = ((sync, emission.sync), (PROMOTE, emission.promote), (adopt, emission.adopt))
    labelled = [(label, one) for label, one in labels if one is not None]
    checked = emission.request.options.checked
    goals = [goals_of(one) for _, one in labelled]
    present = [_present(emitted, one, needed, ledgers) for (_, one), needed in zip(labelled, goals, strict=True)]
    wanted = [label for (label, _), there in zip(labelled, present, strict=True) if not there]
    names = iter(new_names(wanted, existing, now))
    return tuple(
        MigrationFiles(
            there or next(names),
            one.texts[0] if one.texts else script(one.changes, one.dialect, checked=checked),
            _downs(one, checked=checked),
            one,
            needed,
            bool(there),
        )
        for (_, one), needed, there in zip(labelled, goals, present, strict=True)
    )


def _present(
    emitted: Sequence[Emitted], migration: Migration, goals: frozenset[Goal], ledgers: Mapping[str, Ledger | None]
) -> str:
    """The folder that does the same already, and is still to run wherever there is something to rename; "" for none.

    What the replay of the history lacks, no folder does: it has run them all.
    """
    needing = [environment for environment, plan in migration.plans.items() if plan.steps]
    known = [ledger for environment in needing if (ledger := ledgers.get(environment)) is not None]
    folders = (one.name for one in emitted if one.goals >= goals and not any(ledger.state(one.name).done for ledger in known))
    return "" if HISTORY in needing else next(folders, "")


def _downs(migration: Migration, *, checked: bool) -> tuple[WayBack, ...]:
    if migration.texts:
        return (WayBack("down.sql", tuple(name for name, plan in migration.plans.items() if plan.steps), migration.texts[1]),)
    found: list[WayBack] = []
    taken = {""}
    for down in migration.downs:
        first = next((environment for environment in down.environments if environment != HISTORY), "")
        file = "" if not first else "down.sql" if taken == {""} else f"down.{_slug(first)}.sql"
        while first and file in taken:
            file = file.removesuffix(".sql") + "_.sql"
        taken.add(file)
        found.append(WayBack(file, down.environments, script(down.changes, migration.dialect, checked=checked)))
    return tuple(found)


def _slug(environment: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in environment)


def write_emission(
    emission: Emission, folders: Sequence[MigrationFiles], where: Path, existing: Collection[str], schema: Path | None = None
) -> tuple[Path, ...]:
    """Write the migrations below `where`, and the changes of the schema: all of it or nothing. Gives the files written.

    `existing` are the folders that the emit knew of. Raises MigrationError where another is there by now, PlanError where the
    schema changed since it was read: what was worked out may be wrong then. Two emits that write at once take turns; what one
    that was killed has left beside the migrations and the `schema` is removed.
    """
    new = {where / folder.name: folder.files for folder in folders if not folder.present}
    changes = emission.keep.files if emission.keep is not None else ()
    created: list[Path] = []
    made = [folder for folder in (where, *where.parents) if not folder.exists()]
    places = [where.parent, *(Path(change.source.file).resolve().parent for change in changes)]
    places += [] if schema is None else [schema if schema.is_dir() else schema.parent]
    try:
        if new:
            where.parent.mkdir(parents=True, exist_ok=True)
        with alone(place for place in places if place.is_dir()):
            if new:
                _require_no_others(where, existing)
            for path, texts in new.items():
                _create(path, texts)
                created.append(path)
            write_changes(changes)
    except BaseException as error:
        for path in created:
            shutil.rmtree(path, ignore_errors=True)
        for path in made:
            with suppress(OSError):  # somebody else has put something into it meanwhile
                path.rmdir()
        if isinstance(error, OSError):
            raise MigrationError(
                f"{where}: the migration can't be written: {error.strerror}; nothing has been changed", remedy(error)
            ) from None
        raise
    files = [path / name for path, texts in new.items() for name in texts]
    return (*files, *(Path(change.source.file) for change in changes))


def _require_no_others(where: Path, existing: Collection[str]) -> None:
    """Raises MigrationError where a folder is there that the emit did not know of."""
    there = {path.name for path in where.iterdir() if path.is_dir()} if where.is_dir() else set()
    if others := sorted(there.difference(existing)):
        raise MigrationError(
            f"{where / others[0]} appeared while this emit was at work: nothing has been written",
            "Run the command again: it may have less to do now.",
        )


def _create(target: Path, files: dict[str, str]) -> None:
    """A folder that appears with all its files at once."""
    target.parent.mkdir(exist_ok=True)
    draft = draft_in(target.parent.parent)  # not in the migrations folder: Prisma stops at a folder without migration.sql
    try:
        draft.mkdir()
        for name, text in files.items():
            write_flushed(draft / name, text.encode())
        draft.rename(target)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if target.exists() and isinstance(error, OSError):
            raise MigrationError(f"{target} exists already", "It is never overwritten: run the command again.") from None
        raise
