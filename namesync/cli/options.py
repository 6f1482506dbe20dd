"""The options every command has, accepted before and after its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, update_wrapper
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")

_META = "namesync.settings"
"""Where click's contexts, which share their `meta`, keep what was given."""

EXIT_CODE_STYLE = "--exit-code-style"
EXIT_CODE_STYLES = ("namesync", "terraform", "prisma")
"""`terraform plan -detailed-exitcode` and `prisma migrate diff --exit-code` mean the same: 2 for changes, 1 for an error.

https://developer.hashicorp.com/terraform/cli/commands/plan#detailed-exitcode
https://www.prisma.io/docs/orm/reference/prisma-cli-reference#migrate-diff
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the global options say. `output` holds the values of `--output` as typed."""

    config: Path | None = None
    format: str | None = None
    output: tuple[str, ...] = ()
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False


def settings() -> Settings:
    """The settings of the command that runs."""
    return Settings(**click.get_current_context().meta.get(_META, {}))


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    given: dict[str, Any] = ctx.meta.setdefault(_META, {})
    name = str(param.name)
    if ctx.get_parameter_source(name) is click.core.ParameterSource.DEFAULT:
        return
    given[name] = (*given.get(name, ()), *value) if param.multiple else value


_option = partial(click.option, expose_value=False, callback=_keep)

_OPTIONS = (
    _option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Configuration to use, instead of the namesync.toml found.",
    ),
    _option(
        "--format",
        metavar="FORMAT",
        help="What to print: text (the default) or json; of emit also markdown; of comparisons also markdown, html, sarif, "
        "junit, github, gitlab.",
    ),
    _option(
        "--output",
        "-o",
        multiple=True,
        metavar="[FORMAT:]FILE",
        help="Write to FILE instead of printing; with FORMAT:, write that format as well. May repeat.",
    ),
    _option("--quiet", "-q", is_flag=True, help="No warnings and no progress, only results and errors."),
    _option("--verbose", "-v", is_flag=True, help="Show notes too, and details of unexpected errors."),
    _option("--no-color", is_flag=True, help="No colours, as with NO_COLOR set."),
    click.option(  # `failure.run` looks for it by itself
        EXIT_CODE_STYLE,
        type=click.Choice(EXIT_CODE_STYLES),
        expose_value=False,
        help="terraform or prisma: exit with 2 for what was found and 1 for what could not run, as these do.",
    ),
)


def global_options(command: click.Command) -> click.Command:
    """The command with the global options after its own."""
    for option in _OPTIONS:
        option(command)
    return command


def listed(text: str | None) -> tuple[str, ...]:
    """The words of an option's value, which has commas between them."""
    return tuple(filter(None, map(str.strip, (text or "").split(","))))


def with_settings(function: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Gives the function its settings as the first argument."""

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return function(settings(), *args, **kwargs)

    return update_wrapper(run, function)
