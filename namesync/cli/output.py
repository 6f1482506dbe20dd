"""Where results go: standard output or files for data, standard error for everything else."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeAlias

import click

from namesync.errors import UsageError, redact
from namesync.files import write_whole
from namesync.render import RENDERERS
from namesync.render.terminal import visible

if TYPE_CHECKING:
    from namesync.cli.options import Settings
    from namesync.report import Report

PIPE_WIDTH = 100
"""Columns of a text report that goes to a file or a pipe: the same everywhere."""


def say(text: str) -> None:
    """A line for the person at the terminal; never data. Where it can't be said (a full disk), the exit code must do."""
    try:
        click.echo(text, file=sys.stderr)
    except OSError:
        _silence(sys.stderr)


def warn(text: str, settings: Settings) -> None:
    """A warning, unless `-q`."""
    if not settings.quiet:
        say(f"warning: {visible(redact(text))}")


def colorful(stream: TextIO, settings: Settings) -> bool:
    """Whether colours are wanted and shown there; https://no-color.org says what `NO_COLOR` does."""
    wanted = not (settings.no_color or os.environ.get("NO_COLOR"))
    return wanted and stream.isatty() and os.environ.get("TERM") != "dumb"


def print_data(text: str) -> None:
    """Data on standard output. A reader that has gone away (`| head`) is no error; raises `UsageError` for a full disk."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
    except OSError as error:
        raise unprinted(error) from None


def unprinted(error: OSError) -> UsageError:
    """The failure of standard output in words; what is still to come goes nowhere."""
    _silence(sys.stdout)
    return UsageError(f"standard output can't be written: {error.strerror}", "Some of it is missing: run the command again.")


def _silence(stream: TextIO) -> None:
    """So that the interpreter ends in silence. https://docs.python.org/3/library/signal.html#note-on-sigpipe"""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write_file(path: Path, text: str) -> None:
    """Write a whole file, over one that is there. Raises `UsageError` where that fails."""
    write_whole(path, text, overwrite=True)


Renderer: TypeAlias = Callable[["Report"], str]
Output: TypeAlias = tuple[Path | None, str]
"""A file, or None for standard output, and a format."""


def deliver(report: Report, targets: Sequence[Output], settings: Settings, *, notes: bool) -> None:
    """Print the report, or write it to files. `notes`: text shows findings of that severity."""
    renderers: dict[str, Renderer] = {
        **RENDERERS,
        "text": partial(_text, notes=notes),
        "html": partial(_html, settings=settings),
    }
    for path, name in targets:
        if path is None:
            renderer = partial(_text, notes=notes, screen=settings) if name == "text" else renderers[name]
            print_data(renderer(report))
        else:
            write_file(path, renderers[name](report))


def outputs(settings: Settings, known: Mapping[str, object]) -> list[Output]:
    """What `--format` and `--output` ask for, files first. Raises `UsageError` for a format that is not `known`.

    `FORMAT:FILE` is written besides what is printed, a plain `FILE` instead of it.
    """
    default = _known(settings.format or next(iter(known)), known)
    targets = [_target(text, known) for text in settings.output]
    replaced = any(name is None for _, name in targets)
    files: list[Output] = [(path, name or default) for path, name in targets]
    return files if replaced else [*files, (None, default)]


def _target(text: str, known: Mapping[str, object]) -> tuple[Path | None, str | None]:
    """One value of `--output`; a format of None stands for that of `--format`. `C:\\file` is a file."""
    prefix = re.match(r"([a-z]{2,}):(.+)", text, re.DOTALL)
    if prefix is None:
        return (None if text == "-" else Path(text)), None
    return Path(prefix[2]), _known(prefix[1], known)


def _known(name: str, known: Mapping[str, object]) -> str:
    if name not in known:
        raise UsageError(f"unknown format {name}", f"Known: {', '.join(known)}.")
    return name


def _text(report: Report, *, notes: bool, screen: Settings | None = None) -> str:
    """The text report; for a `screen` in its width and colours."""
    from namesync.render.text import Style, render

    if screen is None or not sys.stdout.isatty():
        return render(report, Style(PIPE_WIDTH, color=False, notes=notes))
    return render(report, Style(shutil.get_terminal_size().columns, color=colorful(sys.stdout, screen), notes=notes))


def _html(report: Report, *, settings: Settings) -> str:
    """The HTML report, with how it went over time where the drift job has kept a history."""
    from namesync.config import load_config
    from namesync.errors import NamesyncError
    from namesync.job.moments import moments, recorded
    from namesync.job.run import open_project
    from namesync.render.html import render

    try:
        known = recorded(load_config(Path.cwd(), settings.config))
        past = moments(open_project(settings.config).history) if known else ()
    except NamesyncError as error:
        warn(f"the history is left out of the report: {error.what}", settings)
        past = ()
    return render(report, past)


@contextmanager
def progress(what: str, settings: Settings) -> Iterator[None]:
    """Show that work goes on, on a terminal only."""
    if settings.quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, no_color=not colorful(sys.stderr, settings))
    with console.status(Text(visible(what))):
        yield
