"""The URL of a configured environment: written there, in a file, printed by a command, or in a variable."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile

from namesync.config import Environment
from namesync.config.variables import expand
from namesync.errors import ConfigError

COMMAND_TIMEOUT_S = 30


def variable_names(name: str) -> tuple[str, str]:
    """Where the URL of an environment is looked for last: `PROD_DATABASE_URL`, then `DATABASE_URL_PROD`."""
    word = re.sub(r"\W", "_", name).upper()
    return f"{word}_DATABASE_URL", f"DATABASE_URL_{word}"


def url_of(environment: Environment, variables: Mapping[str, str], root: Path) -> str:
    """The URL's text, variables filled in; relative paths and the command start from `root`.

    Raises `ConfigError`; its message holds nothing of what the file or the command gave.
    """

    def filled(text: str, key: str) -> str:
        return expand(text, variables, environment=environment.name, key=key)

    if environment.url:
        return filled(environment.url, "url")
    if environment.url_file:
        path = root / Path(filled(environment.url_file, "url_file")).expanduser()
        return _first_line(_file_text(path, environment.name), f"environment {environment.name}: url_file {path}")
    if environment.url_command:
        words = [filled(word, "url_command") for word in environment.url_command]
        output = _output(words, root, f"environment {environment.name}: url_command ({words[0]} ...)")
        return _first_line(output, f"environment {environment.name}: the output of url_command")
    names = variable_names(environment.name)
    for name in names:
        if variables.get(name):
            return variables[name]
    raise ConfigError(
        f"environment {environment.name}: the configuration gives no URL, and {' and '.join(names)} are not set",
        "Give it one of url, url_file, url_command and file, or set one of the variables.",
    )


def shadow_url_of(environment: Environment, common: str, variables: Mapping[str, str]) -> str:
    """The URL of the environment's scratch server, else the `common` one, variables filled in; "" for none.

    Raises `ConfigError` for a variable that is not set.
    """
    return expand(environment.shadow_url or common, variables, environment=environment.name, key="shadow_url")


def urls_of(environment: Environment, variables: Mapping[str, str], root: Path) -> dict[str, str]:
    """The URLs in the file of an `each_url` group by name: lines `NAME=URL`; empty ones and those that begin with # are none.

    Raises `ConfigError`, which tells the line by its number alone.
    """
    path = root / Path(expand(environment.each_url, variables, environment=environment.name, key="each_url")).expanduser()
    where = f"environment {environment.name}: each_url {path}"
    urls: dict[str, str] = {}
    for number, line in enumerate(_file_text(path, environment.name).splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = re.fullmatch(r"\s*([\w.-]+)\s*=\s*(\S+)\s*", line)
        if found is None:
            raise ConfigError(f"{where}: line {number} is no NAME=URL", "A name is made of letters, digits, - _ and .")
        if found[1] in urls:
            raise ConfigError(f"{where}: line {number} names {found[1]} a second time")
        urls[found[1]] = expand(found[2], variables, environment=f"{environment.name}/{found[1]}", key="each_url")
    if not urls:
        raise ConfigError(f"{where}: there is no URL in it", "One line for each: NAME=URL")
    return urls


def _first_line(text: str, where: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        raise ConfigError(f"{where}: {'nothing in it' if not lines else 'more than one line'}", "One line, the URL, is wanted.")
    return lines[0]


def _file_text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"environment {name}: {path}: not UTF-8") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"environment {name}: {path}: {getattr(error, 'strerror', 'it is no path')}") from None


def _output(words: list[str], root: Path, where: str) -> str:
    """The command's standard output; what it says on standard error may hold the secret, so nobody sees it."""
    with TemporaryFile() as output:  # no pipe: a child that lives on could hold it open past the timeout
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command, run without a shell
                words,
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ConfigError(f"{where}: no end after {COMMAND_TIMEOUT_S} s", "Run it by hand to see why.") from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "can't be started"
            raise ConfigError(f"{where}: {reason}", "It is run without a shell: name a program.") from None
        if done.returncode:
            raise ConfigError(f"{where}: ended with code {done.returncode}", "Run it by hand to see why.")
        output.seek(0)
        return output.read().decode("utf-8", errors="replace")
