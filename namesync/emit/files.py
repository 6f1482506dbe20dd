"""The files of an emit: migration folders with their SQL, put in place whole, together with the changes of the schema."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from namesync.emit.emission import Emission
from namesync.emit.goals import FILE, Emitted, Goal, dump, goals_of
from namesync.errors import MigrationError, NamesyncError
from namesync.plan import Migration
from namesync.prisma.migrations import Ledger, new_names
from namesync.prisma.write import write_changes
from namesync.render.sql import script

SYNC, ADOPT = "sync_names", "adopt_default_names"


@dataclass(frozen=True, slots=True)
class MigrationFiles:
    """One emitted folder: its name, `migration.sql`, the ways back by file name, and what it is for.

    Environments that held different names need different ways back: `down.sql` is that of the first, `down.ENV.sql` those of
    others. `present`: an earlier emit wrote it, and it still waits to be deployed.
    """

    name: str
    sql: str
    downs: dict[str, str]
    migration: Migration
    goals: frozenset[Goal]
    present: bool = False

    @property
    def files(self) -> dict[str, str]:
        """File name -> text."""
        return {"migration.sql": self.sql, **self.downs, FILE: dump(self.goals)}


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
    labelled = [(label, one) for label, one in ((sync, emission.sync), (adopt, emission.adopt)) if one is not None]
    names = iter(new_names([label for label, _ in labelled], existing, now))
    checked = emission.request.options.checked
    found = []
    for _, one in labelled:
        goals = goals_of(one, emission.blocked)
        needing = [environment for environment in emission.blocked if one.plans[environment].steps]
        waiting = (folder for folder in emitted if all(_waits(folder, ledgers.get(environment)) for environment in needing))
        present = next((folder.name for folder in waiting if folder.goals >= goals), None)
        text = script(one.changes, one.dialect, checked=checked)
        name = next(names) if present is None else present
        found.append(MigrationFiles(name, text, _downs(one, checked=checked), one, goals, present is not None))
    return tuple(found)


def _waits(folder: Emitted, ledger: Ledger | None) -> bool:
    return ledger is None or ledger.state(folder.name).runs_next


def _downs(migration: Migration, *, checked: bool) -> dict[str, str]:
    ways = [(down.environments, script(down.changes, migration.dialect, checked=checked)) for down in migration.downs]
    return {f"down.{_slug(where[0])}.sql" if number else "down.sql": text for number, (where, text) in enumerate(ways)}


def _slug(environment: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in environment)


def write_emission(emission: Emission, folders: Sequence[MigrationFiles], where: Path) -> tuple[Path, ...]:
    """Write the migrations below `where`, and the changes of the schema: all of it or nothing. Gives the files written.

    Raises MigrationError where a folder is there already, PlanError where the schema changed since it was read.
    """
    new = [folder for folder in folders if not folder.present]
    created: list[Path] = []
    made = _made_folders(where)
    try:
        for folder in new:
            created.append(_create(where / folder.name, folder.files))
        if emission.keep is not None:
            write_changes(emission.keep.files)
    except (OSError, NamesyncError) as error:
        for path in (*created, *made[:1]):
            shutil.rmtree(path, ignore_errors=True)
        if isinstance(error, OSError):
            raise MigrationError(
                f"{error.filename or where} can't be written: {error.strerror}; nothing has been changed"
            ) from None
        raise
    files = [path / name for path, folder in zip(created, new, strict=True) for name in folder.files]
    changed = [Path(change.source.file) for change in emission.keep.files] if emission.keep is not None else []
    return (*files, *changed)


def _made_folders(where: Path) -> list[Path]:
    """The folders above and including `where` that are not there yet, outermost first."""
    return [folder for folder in (*reversed(where.parents), where) if not folder.exists()]


def _create(target: Path, files: dict[str, str]) -> Path:
    """A folder that appears with all its files at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        raise MigrationError(f"{target} exists already", "It is never overwritten.")
    # Not in the migrations folder: Prisma stops at a folder that holds no migration.sql.
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent.parent))
    try:
        for name, text in files.items():
            (draft / name).write_bytes(text.encode())
        draft.chmod(0o755)
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return target
