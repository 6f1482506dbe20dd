"""`namesync status`: how the emitted migrations stand, and what to type next."""

from __future__ import annotations

from pathlib import Path

import click

from namesync.cli.completion import environment_names
from namesync.cli.options import Settings, listed, with_settings
from namesync.cli.output import outputs, print_data, progress, write_file


@click.command(short_help="Say how the emitted migrations stand in each environment.")
@click.argument("environments", metavar="[ENV...]", nargs=-1, shell_complete=environment_names)
@click.option("--output-dir", type=click.Path(path_type=Path, file_okay=False), help="The migrations folder.")
@click.option("--schemas", metavar="A,B", help="Database schemas in scope, in every environment.")
@click.option("--schema", type=click.Path(path_type=Path), metavar="PATH", help="The schema.prisma, or the folder of one.")
@with_settings
def status(
    settings: Settings,
    /,
    environments: tuple[str, ...],
    output_dir: Path | None,
    schemas: str | None,
    schema: Path | None,
) -> int:
    """For each environment: are the emitted migrations recorded, do the live names match, what to type next.

    Exits with 1 while something is left to do. Without ENV, all environments of the configuration.
    """
    from namesync.api.emitting import status as read
    from namesync.emit.status import render, render_json

    renderers = {"text": render, "json": render_json}
    targets = outputs(settings, renderers)
    with progress("Reading the environments", settings):
        found = read(*environments, config=settings.config, schemas=listed(schemas), schema=schema, output_dir=output_dir)
    for path, form in targets:
        if path is None:
            print_data(renderers[form](found))
        else:
            write_file(path, renderers[form](found))
    return found.exit_code
