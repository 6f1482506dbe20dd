"""`namesync explain`: the page of a rule, the same that the documentation has."""

from __future__ import annotations

import shutil
import sys
from difflib import get_close_matches

import click

from namesync.cli.completion import rule_names
from namesync.cli.options import Settings, with_settings
from namesync.cli.output import colorful, print_data
from namesync.errors import UsageError
from namesync.render.pages import page, title
from namesync.report import SEVERITIES, Rule


@click.command(short_help="Say what a rule means and what to do.")
@click.argument("rule", required=False, shell_complete=rule_names)
@with_settings
def explain(settings: Settings, rule: str | None) -> None:
    """Say what RULE means and what to do about it; without RULE, list the rules."""
    if rule is None:
        print_data("".join(f"{one:<17} {SEVERITIES[one].word:<8} {title(one)}\n" for one in Rule))
    elif sys.stdout.isatty():
        print_data(_formatted(page(_known(rule)), settings))
    else:
        print_data(page(_known(rule)))


def _known(text: str) -> Rule:
    if text in tuple(Rule):
        return Rule(text)
    near = get_close_matches(text, Rule, n=1)
    raise UsageError(f"unknown rule {text}", f"Did you mean {near[0]}?" if near else f"Rules: {', '.join(Rule)}.")


def _formatted(text: str, settings: Settings) -> str:
    from io import StringIO

    from rich.console import Console
    from rich.markdown import Markdown

    color = colorful(sys.stdout, settings)
    width = min(100, shutil.get_terminal_size().columns)
    console = Console(
        file=StringIO(), width=width, force_terminal=color, color_system="standard" if color else None, _environ={}
    )
    with console.capture() as captured:
        console.print(Markdown(text, hyperlinks=False))
    return captured.get()
