"""Every way to end: what is printed, and the exit code (`docs/exit-codes.md`)."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from enum import IntEnum
from typing import Any

import click

from namesync.cli.options import EXIT_CODE_STYLE, EXIT_CODE_STYLES, settings
from namesync.cli.output import say, silence_stdout
from namesync.errors import NamesyncError
from namesync.render.terminal import visible


class ExitCode(IntEnum):
    """What the program's exit code means, for every command."""

    CLEAN = 0
    FOUND = 1
    COULD_NOT_RUN = 2
    INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Program(click.Group):
    """The command group, with failures turned into messages and exit codes where the settings are still known."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; its exit code."""
        try:
            return super().invoke(ctx)
        except NamesyncError as error:
            explain_failure(error.what, error.hint)
            return ExitCode.COULD_NOT_RUN
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:  # noqa: BLE001 - the last resort: nobody is to see a traceback with a secret in it
            _explain_bug(error, verbose=settings().verbose)
            return ExitCode.COULD_NOT_RUN


def run(program: click.Group, arguments: list[str] | None = None) -> int:
    """Run the program on its arguments (of the process by default); the exit code, in the style they ask for."""
    words = sys.argv[1:] if arguments is None else arguments
    return _styled(_run(program, words), words)


def _run(program: click.Group, arguments: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = program.main(arguments, prog_name="namesync", standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        ctx = getattr(error, "ctx", None)
        explain_failure(error.format_message(), f"See {ctx.command_path} --help." if ctx else "")
        return ExitCode.COULD_NOT_RUN
    except BrokenPipeError:
        silence_stdout()
        return ExitCode.CLEAN
    return int(code or ExitCode.CLEAN)


def _styled(code: int, words: Sequence[str]) -> int:
    """The code in the style asked for, which counts even where the rest of the command line can't be understood."""
    style = ""
    for word, following in zip(words, (*words[1:], ""), strict=False):
        option, equals, value = word.partition("=")
        if option == EXIT_CODE_STYLE:
            style = value if equals else following
    swapped: dict[int, int] = {ExitCode.FOUND: ExitCode.COULD_NOT_RUN, ExitCode.COULD_NOT_RUN: ExitCode.FOUND}
    return swapped.get(code, code) if style in EXIT_CODE_STYLES[1:] else code


def explain_failure(what: str, hint: str = "") -> None:
    """Say on standard error what went wrong, and what to do about it."""
    for word, text in (("error", what), ("hint", hint)):
        if text:
            say(f"{word}: " + "\n  ".join(map(visible, text.splitlines())))


def _explain_bug(error: Exception, *, verbose: bool) -> None:
    from namesync.sources.url import redact

    if verbose:
        say(redact("".join(traceback.format_exception(error))).rstrip())
    what = redact(f"{type(error).__name__}: {error}")
    hint = "Please report it." if verbose else "Please report it, with what `-v` prints."
    explain_failure(f"unexpected: {what}", f"This is a mistake in namesync. {hint}")
