"""`namesync init`: writes a configuration from what the project says; variables by name, never a secret."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import click

from namesync.cli.options import Settings, with_settings
from namesync.cli.output import outputs, print_data, say, warn

NAME = "namesync.toml"


@click.command(short_help="Write namesync.toml for this project.")
@with_settings
def init(settings: Settings) -> None:
    """Find the project's schema and databases, and write namesync.toml.

    URLs stay where they are, in environment variables and .env: the file only names the variables. It is never
    overwritten.
    """
    from namesync.config.variables import read_variables
    from namesync.errors import SchemaError
    from namesync.files import write_whole
    from namesync.prisma.project import environments, read_project

    root = Path.cwd()
    project = read_project(root)
    if isinstance(project.problem, SchemaError):
        raise project.problem
    variables = {name for name, value in read_variables(os.environ, root).items() if value}
    found = environments(project, variables)
    text = _toml(project.schema, found, variables)
    targets = [path for path, _ in outputs(settings, {"toml": None})] if settings.output else [Path(NAME)]
    for path in targets:
        if path is None:
            print_data(text)
        else:
            write_whole(path, text)
            say(f"wrote {path}")
    if project.problem is not None:
        warn(f'{project.problem.what}: write `schema = "..."` into {NAME}', settings)
    if not settings.quiet:
        _tell(project.schema, project.provider, found, variables)


def _toml(schema: str, found: Mapping[str, str], variables: set[str]) -> str:
    lines = [
        "# Made by `namesync init`. ${VARIABLES} come from the process, or from .env beside this file.",
        'authority = "prod"',
    ]
    if schema:
        lines.append(f"schema = {json.dumps(schema)}")
    for name, origin in found.items():
        literal = _is_file(origin)
        missing = "" if literal or origin in variables else "  # not set yet"
        lines += ["", f"[environments.{name}]", f"url = {json.dumps(origin if literal else f'${{{origin}}}')}{missing}"]
    return "\n".join(lines) + "\n"


def _tell(schema: str, provider: str, found: Mapping[str, str], variables: set[str]) -> None:
    say(f"schema: {schema or 'none found'}{f' ({provider})' if provider else ''}")
    for name, origin in found.items():
        state = "" if _is_file(origin) or origin in variables else ", which is not set: set it, or edit the file"
        say(f"{name}: {origin}{state}")
    say(f"next: namesync diff {' '.join(found)}")


def _is_file(origin: str) -> bool:
    return origin.startswith("file:")
