"""`namesync config`: what is in force, and where each value comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from namesync import __version__
from namesync.cli.options import Settings, with_settings
from namesync.cli.output import outputs, print_data, write_file
from namesync.render.terminal import visible

if TYPE_CHECKING:
    from namesync.api.inforce import Setting
    from namesync.config import Config

FORMAT_VERSION = 1


@click.command(short_help="Show the configuration in force.")
@with_settings
def config(settings: Settings) -> None:
    """Print every setting in force, secrets left out, and where it comes from: a line of a file, a variable, a default.

    No database is asked and no command run.
    """
    from namesync.api.inforce import in_force
    from namesync.config import load_config
    from namesync.config.places import places_in

    renderers = {"text": _text, "json": _json}
    targets = outputs(settings, renderers)
    found = load_config(Path.cwd(), settings.config)
    values = in_force(found, places_in(found.path), os.environ, datetime.now().astimezone().date())
    for path, form in targets:
        text = renderers[form](found, values)
        if path is None:
            print_data(text)
        else:
            write_file(path, text)


def _text(found: Config, values: Sequence[Setting]) -> str:
    where = found.path if found.path is not None else f"none at or above {found.root}"
    rows = [(visible(one.key), visible(one.value) or "-", visible("; ".join(_origin(one)))) for one in values]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{key:<{widths[0]}}  {value:<{min(widths[1], _WIDEST)}}  {origin}" for key, value, origin in rows]
    return "\n".join([f"configuration: {visible(str(where))}", "", *lines]) + "\n"


_WIDEST = 48
"""Columns for the values; a longer one pushes its own origin aside."""


def _origin(one: Setting) -> Iterator[str]:
    if one.place is not None:
        yield f"{one.place.file}:{one.place.line}"
    elif one.origin in _WORDS:
        yield _WORDS[one.origin]
    for variable, where in (one.variables or {}).items():
        if where != "not set":
            yield f"{variable} in {_PLACES[where]}"
        elif not one.problem:
            yield f"{variable} is not set"
    if one.problem:
        yield f"! {one.problem}"


_WORDS = {"default": "default", "found": "found as Prisma finds it", "url": "its URL"}
_PLACES = {"process": "the process", ".env": ".env"}


def _json(found: Config, values: Sequence[Setting]) -> str:
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "command": "config",
        "path": None if found.path is None else str(found.path),
        "settings": [_setting(one) for one in values],
    }
    return json.dumps(document, indent=2) + "\n"


def _setting(one: Setting) -> dict[str, Any]:
    return {
        "key": one.key,
        "value": one.value or None,
        "origin": one.origin,
        "file": one.place and one.place.file,
        "line": one.place and one.place.line,
        "variables": dict(one.variables or {}),
        "problem": one.problem or None,
    }
