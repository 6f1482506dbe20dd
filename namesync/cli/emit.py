"""`namesync emit`: the repair, written; and what to type where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from namesync.cli.completion import environment_names, profile_names
from namesync.cli.options import Settings, listed, with_settings
from namesync.cli.output import outputs, print_data, progress, warn, write_file
from namesync.errors import UsageError

if TYPE_CHECKING:
    from namesync.api.emitting import Emitted

STYLES = ("auto", "plain", "guarded")


@click.command(short_help="Write the repair: map: arguments, rename migrations, a runbook.")
@click.argument("environments", metavar="[ENV...]", nargs=-1, shell_complete=environment_names)
@click.option("--keep-existing", "mode", flag_value="keep-existing", help="Keep the names that exist: schema.prisma says them.")
@click.option("--adopt-defaults", "mode", flag_value="adopt-defaults", help="Rename everything to the names Prisma gives.")
@click.option(
    "--from",
    "authority",
    metavar="ENV",
    shell_complete=environment_names,
    help="The environment whose names the others should have.",
)
@click.option("--name", metavar="NAME", default="", help="What the migration is called, after its timestamp.")
@click.option(
    "--only", multiple=True, metavar="PATTERN", help="Only these: a table's GLOB, kind:KIND or name:GLOB. May repeat."
)
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Not these; as --only. May repeat.")
@click.option("--style", type=click.Choice(STYLES), default="auto", show_default=True, help="How statements are protected.")
@click.option(
    "--unchecked-foreign-keys",
    is_flag=True,
    help="MySQL, MariaDB: add foreign keys again without the server's check; the script looks for orphans itself.",
)
@click.option(
    "--promote-join-tables",
    is_flag=True,
    help="PostgreSQL: make the unique index of many-to-many tables their primary key, as Prisma 6 wants it, at once.",
)
@click.option("--rehearse", is_flag=True, help="Try the migrations on scratch databases first, there and back.")
@click.option(
    "--scan",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Look through source code for the names that go away.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, write nothing.")
@click.option("--output-dir", type=click.Path(path_type=Path, file_okay=False), help="The migrations folder to write to.")
@click.option(
    "--convention",
    metavar="PROFILE",
    shell_complete=profile_names,
    help="How Prisma names what has no `map:`: prisma, prisma5 or auto.",
)
@click.option("--schemas", metavar="A,B", help="Database schemas in scope, in every environment.")
@click.option("--schema", type=click.Path(path_type=Path), metavar="PATH", help="The schema.prisma, or the folder of one.")
@with_settings
def emit(
    settings: Settings,
    /,
    environments: tuple[str, ...],
    mode: str | None,
    only: tuple[str, ...],
    exclude: tuple[str, ...],
    style: str,
    unchecked_foreign_keys: bool,
    schemas: str | None,
    **given: object,
) -> int:
    """Write what brings the names together, and say what to type in each environment.

    Exactly one of --keep-existing and --adopt-defaults is wanted. Nothing is run against a database, nothing overwritten.
    Without ENV, all environments of the configuration.
    """
    from namesync.api.emitting import emit as run
    from namesync.emit.choice import choice
    from namesync.emit.emission import Mode
    from namesync.plan import Options, Style

    if mode is None:
        raise click.UsageError("one of --keep-existing and --adopt-defaults is wanted")
    targets = outputs(settings, {"text": None, "markdown": None, "json": None})
    with progress("Reading the environments, proving the plan", settings):
        emitted = run(
            Mode(mode),
            *environments,
            config=settings.config,
            schemas=listed(schemas),
            choice=choice(only, exclude),
            options=Options(style=Style(style), checked=not unchecked_foreign_keys),
            **given,  # type: ignore[arg-type]
        )
    _deliver(emitted, targets)
    for warning in emitted.warnings:
        warn(warning, settings)
    return emitted.exit_code


def _deliver(emitted: Emitted, targets: Sequence[tuple[Path | None, str]]) -> None:
    try:
        for path, form in targets:
            text = emitted.render(form)
            if path is None:
                print_data(text)
            else:
                write_file(path, text)
    except UsageError as error:
        if not emitted.written:
            raise
        hint = "The emit itself is written: run the same command again, and it says what to type."
        raise UsageError(error.what, hint) from None
