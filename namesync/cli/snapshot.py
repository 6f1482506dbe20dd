"""`namesync snapshot`: an environment's catalog as a file."""

from __future__ import annotations

import click

from namesync.cli.completion import environment_names
from namesync.cli.options import Settings, listed, with_settings
from namesync.cli.output import outputs, print_data, progress, write_file


@click.command(short_help="Save the catalog of an environment.")
@click.argument("environment", metavar="ENV", shell_complete=environment_names)
@click.option("--schemas", metavar="A,B", help="Schemas in scope, instead of those of the environment.")
@with_settings
def snapshot(settings: Settings, environment: str, schemas: str | None) -> None:
    """Print the catalog of ENV as JSON, to compare it where its database can't be reached.

    `namesync snapshot prod -o prod.json` here, `namesync diff prod.json dev` there.
    """
    from namesync import api

    targets = outputs(settings, {"json": None})
    with progress("Reading the environment", settings):
        text = api.snapshot(environment, config=settings.config, schemas=listed(schemas))
    for path, _ in targets:
        if path is None:
            print_data(text)
        else:
            write_file(path, text)
