"""What `emit` looks at before it writes, when asked to: a rehearsal on scratch databases, and who else mentions an old name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from namesync.api.workspace import Workspace
from namesync.emit.emission import Emission
from namesync.emit.files import MigrationFiles
from namesync.emit.guide import names_gone
from namesync.emit.rehearsal import cast, rehearse
from namesync.errors import PlanError
from namesync.model import Catalog
from namesync.sources import Server
from namesync.sources.dependents import Dependent, read_dependents
from namesync.sources.resolving import shadow_target
from namesync.sources.scan import scan_source


def rehearsed(space: Workspace, catalogs: Mapping[str, Catalog], folders: Sequence[MigrationFiles]) -> None:
    """Try the migrations, there and back, on a skeleton of every environment.

    Raises PlanError with what went wrong, Unsupported where an environment has no scratch server or can't be rebuilt.
    """
    new = [folder for folder in folders if not folder.present]
    if not new:
        return
    shadows = {name: shadow_target(name, space.configuration, os.environ, Path.cwd()) for name in catalogs}
    problems = rehearse(*cast(catalogs, new, shadows))
    if problems:
        told = "\n".join(str(problem) for problem in problems)
        raise PlanError(
            f"the rehearsal failed, so nothing has been written:\n{told}", "Please report it, with `--dry-run`'s output."
        )


def mentions(
    space: Workspace, catalogs: Mapping[str, Catalog], emission: Emission, scan: Path | None, leave_out: Sequence[Path]
) -> tuple[str, ...]:
    """Where old names stand in the databases' own code and, with `scan`, in the application's source; a line each.

    Names that a column has as well (MySQL calls an index so) say nothing, and are not looked for.
    """
    gone = {name: names_gone(emission, name) - _column_names(catalog) for name, catalog in catalogs.items()}
    if not any(gone.values()):
        return ()
    live = [source for source in space.sources if isinstance(source, Server) and gone.get(source.name)]
    found = read_dependents(live, gone)
    lines = list(_in_databases(found))
    if scan is not None:
        everywhere = frozenset().union(*gone.values())
        lines += [
            f"{hit.file}:{hit.line}: {hit.name}: {hit.text}" for hit in scan_source(scan, everywhere, leave_out=leave_out)
        ]
    return tuple(lines)


def _in_databases(found: Mapping[str, tuple[Dependent, ...] | None]) -> Iterator[str]:
    for environment, dependents in found.items():
        if dependents is None:
            yield f"{environment}: functions, procedures, triggers and views may: they could not be read"
        for one in dependents or ():
            yield f"{environment}: {_told(one)}"


def _told(one: Dependent) -> str:
    if not one.name:
        return f"{one.kind} of {one.schema} may: this role can't see them"
    what = f"the {one.kind} {one.schema}.{one.name}" if one.schema else f"the {one.kind} {one.name}"
    return f"{what} mentions {', '.join(one.mentions)}" if one.mentions else f"{what} may: this role can't see its source"


def _column_names(catalog: Catalog) -> frozenset[str]:
    return frozenset(column for table in catalog.tables for column in table.columns)
