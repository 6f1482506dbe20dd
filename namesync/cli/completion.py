"""`namesync completion`, and what the shell offers in the place of arguments."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from namesync.errors import NamesyncError
from namesync.report import SEVERITIES, Rule

VARIABLE = "_NAMESYNC_COMPLETE"
"""The environment variable by which the shell's script asks for completions: click's own name for it."""


@click.command(short_help="Print the completion script for a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash, put `eval "$(namesync completion bash)"` into ~/.bashrc; for zsh likewise into ~/.zshrc; for fish,
    `namesync completion fish > ~/.config/fish/completions/namesync.fish`.
    """
    from namesync.cli.output import print_data

    script = get_completion_class(shell)
    assert script is not None, shell  # noqa: S101 - click has all three
    print_data(script(ctx.find_root().command, {}, "namesync", VARIABLE).source() + "\n")


def environment_names(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The environments of the configuration, else files, since a snapshot is one as well.

    None where the configuration can't be read: a shell has no place for errors.
    """
    from namesync.api import environments
    from namesync.cli.options import settings

    try:
        with ctx.scope():
            names = environments(config=settings().config)
    except NamesyncError:
        return []
    found = [CompletionItem(name) for name in names if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


def profile_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The conventions a configuration can name."""
    from namesync.config import CONVENTIONS

    return [CompletionItem(name) for name in CONVENTIONS if name.startswith(incomplete)]


def rule_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The rule ids, with their severities."""
    return [CompletionItem(rule, help=SEVERITIES[rule].word) for rule in Rule if rule.startswith(incomplete)]
