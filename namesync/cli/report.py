"""`namesync report`: the comparison of `namesync diff` as a page to look at."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import click

from namesync.cli.completion import environment_names
from namesync.cli.diff import comparing, run_comparison
from namesync.cli.options import Settings, with_settings
from namesync.cli.output import outputs, say
from namesync.render import RENDERERS

FILE = "namesync-report.html"
"""Where the page goes that would otherwise fill a terminal."""


@click.command(short_help="Write the HTML report.")
@click.argument("environments", metavar="ENV ENV...", nargs=-1, required=True, shell_complete=environment_names)
@comparing
@with_settings
def report(settings: Settings, /, environments: tuple[str, ...], **options: Any) -> int:
    """Compare two or more environments as `namesync diff` does, and print the HTML report: one file that needs no network.

    On a terminal it is written to namesync-report.html instead. Exit codes are those of `namesync diff`.
    """
    from namesync import api

    settings = replace(settings, format=settings.format or "html")
    unseen = (None, "html") in outputs(settings, RENDERERS) and sys.stdout.isatty()
    if unseen:
        settings = replace(settings, output=(*settings.output, FILE))
    code = run_comparison(api.diff, settings, environments, **options)
    if unseen:
        say(f"The report is in {FILE}.")
    return code
