"""The files of an emit: migration folders with their SQL, put in place whole, together with the changes of the schema."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from namesync.emit.emission import Emission
from namesync.errors import MigrationError, NamesyncError
from namesync.plan import Migration
from namesync.prisma.migrations import new_names
from namesync.prisma.write import write_changes
from namesync.render.sql import script

SYNC, ADOPT = "sync_names", "adopt_default_names"


@dataclass(frozen=True, slots=True)
class MigrationFiles:
    """One emitted folder: its name, `migration.sql`, and the ways back by file name.

    Environments that held different names need different ways back: `down.sql` is that of the first, `down.ENV.sql` those of
    others.
    """

    name: str
    sql: str
    downs: dict[str, str]
    migration: Migration


def migration_files(
    emission: Emission, existing: Iterable[str], now: datetime, *, sync: str = SYNC, adopt: str = ADOPT
) -> tuple[MigrationFiles, ...]:
    """The folders of an emit, later than all `existing` ones; `now` in UTC, `sync` and `adopt` are their labels."""
    labelled = [(label, one) for label, one in ((sync, emission.sync), (adopt, emission.adopt)) if one is not None]
    names = new_names([label for label, _ in labelled], existing, now)
    checked = emission.request.options.checked
    return tuple(
        MigrationFiles(name, script(one.changes, one.dialect, checked=checked), _downs(one, checked=checked), one)
        for name, (_, one) in zip(names, labelled, strict=True)
    )


def _downs(migration: Migration, *, checked: bool) -> dict[str, str]:
    ways = [(down.environments, script(down.changes, migration.dialect, checked=checked)) for down in migration.downs]
    return {f"down.{_slug(where[0])}.sql" if number else "down.sql": text for number, (where, text) in enumerate(ways)}


def _slug(environment: str) -> str:
    return "".join(char if char.isalnum() or char in "-_" else "_" for char in environment)


def write_emission(emission: Emission, folders: Sequence[MigrationFiles], where: Path) -> tuple[Path, ...]:
    """Write the migrations below `where`, and the changes of the schema: all of it or nothing. Gives the files written.

    Raises MigrationError where a folder is there already, PlanError where the schema changed since it was read.
    """
    created: list[Path] = []
    made = _made_folders(where)
    try:
        for folder in folders:
            created.append(_create(where / folder.name, {"migration.sql": folder.sql, **folder.downs}))
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
    files = [path / name for path, folder in zip(created, folders, strict=True) for name in ("migration.sql", *folder.downs)]
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
