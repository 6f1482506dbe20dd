"""`namesync diff` and `namesync check`: names compared between environments, with the schema, and with the convention."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from namesync.cli.completion import environment_names, profile_names
from namesync.cli.failure import ExitCode, explain_failure
from namesync.cli.options import Settings, listed, with_settings
from namesync.cli.output import deliver, outputs, progress, say, warn
from namesync.model import Kind
from namesync.render import RENDERERS
from namesync.report import Report, Rule, Severity

RULES = [rule.value for rule in Rule]
KINDS = [kind.value for kind in Kind]
SEVERITY_WORDS = {severity.word: severity for severity in sorted(Severity, reverse=True)}

_OPTIONS = (
    click.option(
        "--only",
        "only",
        multiple=True,
        type=click.Choice(RULES),
        metavar="RULE",
        help="Only findings of this rule (see `namesync explain`). May repeat.",
    ),
    click.option(
        "--table", "tables", multiple=True, metavar="GLOB", help="Only tables like GLOB, as User or billing.*. May repeat."
    ),
    click.option(
        "--kind",
        "kinds",
        multiple=True,
        type=click.Choice(KINDS),
        metavar="KIND",
        help=f"Only objects of this kind: {', '.join(KINDS)}. May repeat.",
    ),
    click.option(
        "--fail-on",
        type=click.Choice([*SEVERITY_WORDS, "never"]),
        default="error",
        show_default=True,
        help="Exit with 1 on findings of this severity or a higher one.",
    ),
    click.option(
        "--baseline",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Leave out the findings that FILE accepts; only more than those counts.",
    ),
    click.option(
        "--write-baseline",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Accept what is found, into FILE, and exit with 0.",
    ),
    click.option(
        "--authority",
        metavar="ENV",
        shell_complete=environment_names,
        help="The environment whose names the others should have.",
    ),
    click.option(
        "--convention",
        metavar="PROFILE",
        shell_complete=profile_names,
        help="How Prisma names what has no `map:`: prisma, prisma5 or auto.",
    ),
    click.option("--schemas", metavar="A,B", help="Database schemas in scope, in every environment."),
    click.option(
        "--schema",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="The schema.prisma, or the folder of one; found as Prisma finds it without this.",
    ),
)


def comparing(command: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the options of a comparison."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command(short_help="Compare names between environments.")
@click.argument("environments", metavar="ENV ENV...", nargs=-1, required=True, shell_complete=environment_names)
@comparing
@with_settings
def diff(settings: Settings, /, environments: tuple[str, ...], **options: Any) -> int:
    """Compare the names in two or more environments, and with the names Prisma gives.

    ENV is a name from the configuration, a database URL, a snapshot, a schema.prisma, a migrations folder, or `prod` for
    PROD_DATABASE_URL in the environment or in .env.
    """
    from namesync import api

    return run_comparison(api.diff, settings, environments, **options)


@click.command(short_help="Compare environments with what schema.prisma declares.")
@click.argument("environments", metavar="[ENV...]", nargs=-1, shell_complete=environment_names)
@comparing
@with_settings
def check(settings: Settings, /, environments: tuple[str, ...], **options: Any) -> int:
    """Compare each environment with the names that schema.prisma declares; without a schema, with those Prisma gives.

    Without ENV, all environments of the configuration.
    """
    from namesync import api

    return run_comparison(api.check, settings, environments, **options)


def run_comparison(
    compare: Callable[..., Report],
    settings: Settings,
    environments: tuple[str, ...],
    *,
    only: tuple[str, ...],
    kinds: tuple[str, ...],
    schemas: str | None,
    fail_on: str,
    write_baseline: Path | None,
    **options: Any,
) -> int:
    """Compare, deliver the report, say what went wrong; the exit code."""
    if write_baseline and options["baseline"]:
        raise click.UsageError("--baseline and --write-baseline can't stand together")
    targets = outputs(settings, RENDERERS)
    with progress("Reading the environments", settings):
        report = compare(
            *environments,
            config=settings.config,
            only=[Rule(rule) for rule in only],
            kinds=[Kind(kind) for kind in kinds],
            schemas=listed(schemas),
            **options,
        )
    deliver(report, targets, settings, notes=settings.verbose or bool(only) or fail_on == "note")
    for warning in report.warnings:
        warn(warning, settings)
    for environment in report.environments:
        if environment.error:
            explain_failure(f"{environment.name} could not be read: {environment.error}")
    if write_baseline and not report.failed:
        _accept(report, write_baseline)
        return ExitCode.CLEAN
    return report.exit_code(SEVERITY_WORDS.get(fail_on))


def _accept(report: Report, path: Path) -> None:
    """Write the baseline."""
    from namesync import baseline

    baseline.write_baseline(path, map(baseline.entry, report.findings))
    say(f"wrote {path}: it accepts {len(report.findings)} finding{'' if len(report.findings) == 1 else 's'}")
