"""`namesync job`: the scheduled drift job."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from namesync.cli.completion import environment_names
from namesync.cli.diff import SEVERITY_WORDS
from namesync.cli.failure import explain_failure
from namesync.cli.options import Settings, global_options, with_settings
from namesync.cli.output import outputs, print_data, progress, say, warn, write_file

if TYPE_CHECKING:
    from namesync.job.outcome import Outcome


@click.group(short_help="Check on a schedule, remember, and tell what changed.")
def job() -> None:
    """Check the configured environments on a schedule, remember what was found, and tell what changed."""


@job.command(short_help="Check once, and tell what changed since the last run.")
@click.argument("environments", metavar="[ENV...]", nargs=-1, shell_complete=environment_names)
@click.option(
    "--fail-on",
    type=click.Choice([*SEVERITY_WORDS, "never"]),
    default="error",
    show_default=True,
    help="Exit with 1 on findings of this severity or a higher one.",
)
@click.option("--new-only", is_flag=True, help="Exit with 1 only on findings that are new or changed since the last run.")
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Accept the findings in this file.")
@click.option("--write-baseline", type=click.Path(path_type=Path, dir_okay=False), help="Accept what stands, into this file.")
@click.option("--shard", metavar="I/N", help="See to the I-th of N parts; N alone takes I from JOB_COMPLETION_INDEX.")
@click.option("--members", is_flag=True, help="Name every member of a group that differs.")
@with_settings
def run(
    settings: Settings,
    environments: tuple[str, ...],
    fail_on: str,
    new_only: bool,
    baseline: Path | None,
    write_baseline: Path | None,
    shard: str | None,
    members: bool,
) -> int:
    """Check the environments of the configuration, or those named, record the run, and tell what changed since the last.

    For cron, CI and Kubernetes: `namesync job manifest` writes a complete file for each.
    """
    import os

    from namesync.job.run import Request
    from namesync.job.run import run as run_once
    from namesync.job.sight import parse_shard
    from namesync.job.text import render_json, render_text

    renderers: dict[str, Callable[[Outcome], str]] = {
        "text": partial(render_text, standing=settings.verbose, members=members),
        "json": render_json,
    }
    targets = outputs(settings, renderers)
    severity = SEVERITY_WORDS.get(fail_on)
    request = Request(
        environments, settings.config, parse_shard(shard, os.environ), severity, new_only, baseline, write_baseline
    )
    with progress("Reading the environments", settings):
        outcome = run_once(request)
    for path, name in targets:
        _emit(path, renderers[name](outcome))
    for warning in (*outcome.warnings, *outcome.undelivered):
        warn(warning, settings)
    for name, standing in sorted(outcome.standings.items()):
        if standing.state.failed and "/" not in name:
            explain_failure(f"{name}: {standing.state}: {standing.note}")
    return outcome.exit_code(severity, new_only=new_only)


@job.command(short_help="Run on a schedule, with a page, /healthz and /metrics.")
@click.argument("environments", metavar="[ENV...]", nargs=-1, shell_complete=environment_names)
@click.option("--schedule", required=True, metavar="CRON", help='When to run, as cron has it: "0 6 * * *".')
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; the page has no password.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Port to listen on; 0 takes a free one."
)
@click.option("--at-start", is_flag=True, help="Run once right away.")
@click.option("--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Accept the findings in this file.")
@with_settings
def serve(
    settings: Settings,
    environments: tuple[str, ...],
    schedule: str,
    host: str,
    port: int,
    at_start: bool,
    baseline: Path | None,
) -> None:
    """Run on a schedule as one long-lived process, until SIGTERM.

    It shows a page with the latest state and the history, /healthz and /metrics, on this machine alone unless --host says
    otherwise.
    """
    from namesync.job.run import Request
    from namesync.job.schedule import parse_schedule
    from namesync.job.serve import Service
    from namesync.job.serve import serve as serve_until_stopped

    request = Request(environments, settings.config, baseline=baseline)
    serve_until_stopped(Service(request, parse_schedule(schedule), host, port, at_start, say))


@job.command(short_help="Show runs, findings, and the life of one finding.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many runs, the newest first.")
@click.option("--findings", is_flag=True, help="What stands, instead of runs; with -v also what is resolved.")
@click.option("--finding", metavar="FINGERPRINT", help="The life of one finding; the first characters are enough.")
@with_settings
def history(settings: Settings, limit: int, findings: bool, finding: str | None) -> None:
    """Show the newest runs, what stands, or the life of one finding. Formats: text, json, csv."""
    from namesync.job import listing
    from namesync.job.run import open_project

    targets = outputs(settings, listing.RENDERERS)
    store = open_project(settings.config).history
    if finding is not None:
        found = listing.life(store, finding)
    else:
        found = listing.findings(store, also_resolved=settings.verbose) if findings else listing.runs(store, limit)
    for path, name in targets:
        _emit(path, listing.RENDERERS[name](found))


@job.command(short_help="Print a complete file that runs the job on a schedule.")
@click.argument("kind", type=click.Choice(["github", "gitlab", "kubernetes", "systemd", "cron"]))
@click.option("--schedule", default="0 6 * * *", show_default=True, metavar="CRON", help="When to run, as cron has it.")
@click.option("--shards", type=click.IntRange(1, 1000), default=1, help="kubernetes: into how many parts to divide the run.")
@click.option("--folder", default="/srv/app", show_default=True, help="systemd, cron: the folder of the configuration.")
@with_settings
def manifest(settings: Settings, kind: str, schedule: str, shards: int, folder: str) -> None:
    """Print a complete file that runs the job on a schedule. It names the secrets and holds none."""
    from namesync.config import load_config
    from namesync.job.manifest import manifest as written

    targets = outputs(settings, {"text": None})
    text = written(kind, load_config(Path.cwd(), settings.config), schedule=schedule, shards=shards, folder=folder)
    for path, _ in targets:
        _emit(path, text)


def _emit(path: Path | None, text: str) -> None:
    if path is None:
        print_data(text)
    else:
        write_file(path, text)


for _command in (run, serve, history, manifest):
    global_options(_command)
