"""`namesync diff` and `namesync check`: names compared between environments, with the schema, and with the convention."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from namesync.cli.completion import environment_names
from namesync.cli.failure import explain_failure
from namesync.cli.options import Settings, listed, with_settings
from namesync.cli.output import deliver, outputs, progress, warn
from namesync.model import Kind
from namesync.render import RENDERERS
from namesync.report import Rule, Severity

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
    click.option("--authority", metavar="ENV", help="The environment whose names the others should have."),
    click.option("--convention", metavar="PROFILE", help="How Prisma names what has no `map:`: prisma, prisma5 or auto."),
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

    return _compare(api.diff, settings, environments, **options)


@click.command(short_help="Compare environments with what schema.prisma declares.")
@click.argument("environments", metavar="[ENV...]", nargs=-1, shell_complete=environment_names)
@comparing
@with_settings
def check(settings: Settings, /, environments: tuple[str, ...], **options: Any) -> int:
    """Compare each environment with the names that schema.prisma declares; without a schema, with those Prisma gives.

    Without ENV, all environments of the configuration.
    """
    from namesync import api

    return _compare(api.check, settings, environments, **options)


def _compare(
    compare: Callable[..., Any],
    settings: Settings,
    environments: tuple[str, ...],
    *,
    only: tuple[str, ...],
    kinds: tuple[str, ...],
    schemas: str | None,
    fail_on: str,
    **options: Any,
) -> int:
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
    code: int = report.exit_code(SEVERITY_WORDS.get(fail_on))
    return code
