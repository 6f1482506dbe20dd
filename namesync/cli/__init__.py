"""The `namesync` command: thin, on top of `namesync.api`. Heavy modules are imported by the commands when they run."""

from __future__ import annotations

import gc
import sys

import click

from namesync import __version__
from namesync.cli.completion import completion
from namesync.cli.config import config
from namesync.cli.demo import demo
from namesync.cli.diff import check, diff
from namesync.cli.emit import emit
from namesync.cli.explain import explain
from namesync.cli.failure import ExitCode, Program, run
from namesync.cli.init import init
from namesync.cli.job import job
from namesync.cli.options import global_options
from namesync.cli.output import say
from namesync.cli.report import report
from namesync.cli.snapshot import snapshot
from namesync.cli.status import status

COLLECTOR = (5_000_000, 20, 20)
"""For `gc.set_threshold`: what is read is many small values that stay, and seeking cycles among them takes up to a quarter of a
command's time."""


@click.group(cls=Program, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Find names of keys, constraints and indexes that drifted apart between the databases of a Prisma project."""
    if ctx.invoked_subcommand is None:
        say(ctx.get_help())
        ctx.exit(ExitCode.COULD_NOT_RUN)


global_options(program)
for command in (diff, check, report, emit, status, snapshot, init, config, explain, demo, completion, job):
    program.add_command(global_options(command))


def main() -> None:
    """The console script."""
    gc.set_threshold(*COLLECTOR)
    sys.exit(run(program))
