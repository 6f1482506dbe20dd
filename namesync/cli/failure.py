"""Every way to end: what is printed, and the exit code (`docs/exit-codes.md`)."""

from __future__ import annotations

import os
import re
import sys
import traceback
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

import click

from namesync.cli.options import EXIT_CODE_STYLE, EXIT_CODE_STYLES, settings
from namesync.cli.output import say, unprinted
from namesync.errors import NamesyncError, redact
from namesync.render.terminal import visible

_NOBODY_READS = 1  # click's own end where the reader of its help has gone away
_LONGEST = 1_200  # characters of a line of an error


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
            explain_failure(_without_urls(error.what, ctx.obj or ()), error.hint)
            return ExitCode.COULD_NOT_RUN
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and _is_clicks(error):
                raise
            if isinstance(error, OSError) and error.filename is not None:
                explain_failure(redact(f"{error.filename}: {error.strerror}"))
                return ExitCode.COULD_NOT_RUN
            if isinstance(error, FileNotFoundError) and _homeless():
                explain_failure("the folder this runs in is not there any more", "Go to another one.")
                return ExitCode.COULD_NOT_RUN
            _explain_bug(error, verbose=settings().verbose)
            return ExitCode.COULD_NOT_RUN


def run(program: click.Group, arguments: list[str] | None = None) -> int:
    """Run the program on its arguments (of the process by default); the exit code, in the style they ask for."""
    words = sys.argv[1:] if arguments is None else arguments
    return _styled(_run(program, words), words)


def _run(program: click.Group, arguments: list[str]) -> int:
    _open_streams()
    if any("\0" in argument for argument in arguments):  # no shell can pass one on
        explain_failure("an argument has a NUL character in it")
        return ExitCode.COULD_NOT_RUN
    try:
        code = program.main(arguments, prog_name="namesync", standalone_mode=False, obj=arguments)
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        ctx = getattr(error, "ctx", None)
        explain_failure(_without_urls(error.format_message(), arguments), f"See {ctx.command_path} --help." if ctx else "")
        return ExitCode.COULD_NOT_RUN
    except SystemExit as ended:
        if ended.code != _NOBODY_READS:
            raise  # a signal's
        return ExitCode.CLEAN
    except OSError as error:
        if not _is_clicks(error):
            raise
        failure = unprinted(error)
        explain_failure(failure.what, failure.hint)
        return ExitCode.COULD_NOT_RUN
    return int(code or ExitCode.CLEAN)


def _open_streams() -> None:
    """Python has no stream where the caller has closed it (`>&-`): what is written there goes nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - until the process ends
        if hasattr(stream := getattr(sys, name), "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _is_clicks(error: OSError) -> bool:
    """Whether click could not print: it writes help and the version by itself."""
    return any(frame.f_code is click.echo.__code__ for frame, _ in traceback.walk_tb(error.__traceback__))


def _homeless() -> bool:
    """Whether the working folder was deleted."""
    try:
        os.getcwd()
    except FileNotFoundError:
        return True
    return False


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
            say(f"{word}: " + "\n  ".join(_short(visible(line)) for line in text.splitlines()))


def _short(line: str) -> str:
    """The line without its middle, where a name or a file in it is thousands of characters long."""
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 200]} ... {line[-200:]}"


def _without_urls(what: str, words: Sequence[str]) -> str:
    """A message without those words of the command line that may be a URL with a secret in it, however it is damaged."""
    for word in words:
        value = word.partition("=")[2] if word.startswith("-") else word
        if re.search(":.*@|[?&](?!schema=)", re.sub(r"^[\w.+=-]+:/{1,3}", "", value), re.DOTALL):
            for form in (value, repr(value)[1:-1], str(Path(value))):
                what = what.replace(form, "***").replace(redact(form), "***")
    return redact(what)


def _explain_bug(error: Exception, *, verbose: bool) -> None:
    if verbose:
        say(redact("".join(traceback.format_exception(error))).rstrip())
    what = redact(f"{type(error).__name__}: {error}")
    hint = "Please report it." if verbose else "Please report it, with what `-v` prints."
    explain_failure(f"unexpected: {what}", f"This is a mistake in namesync. {hint}")
