"""Variables: from the process, then from a `.env` file, put into texts as `${VAR}` or `${VAR:-default}`.

A `.env` is read as Prisma reads it (the npm packages dotenv and dotenv-expand): `export`, three kinds of quotes, comments,
`$VAR` and `${VAR}` inside values. https://www.prisma.io/docs/orm/more/development-environment/environment-variables
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from namesync.errors import ConfigError

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[\w.-]+)(?:[ \t]*=[ \t]*|:[ \t]+)
    (?P<value>'(?:\\'|[^'])*'|"(?:\\"|[^"])*"|`(?:\\`|[^`])*`|[^\#\r\n]*)[ \t]*(?:\#.*)?$""",
    re.MULTILINE | re.VERBOSE,
)
_IN_DOTENV = re.compile(r"(?P<escape>\\\$)|\$(?:\{(?P<braced>[^{}]*)\}|(?P<bare>\w+))")
_MOST, _DEEPEST = 1_000_000, 100  # characters of the variables in variables of a `.env`; variables in one another
_IN_CONFIG = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?P<dash>:-(?P<default>[^{}]*))?\}")


def read_variables(process: Mapping[str, str], root: Path) -> dict[str, str]:
    """The process's variables over those of `root/.env`. Raises `ConfigError` for a `.env` that can't be read."""
    path = root / ".env"
    try:
        text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read as UTF-8 text ({type(error).__name__})") from None
    return parse_dotenv(text, process) | dict(process)


def parse_dotenv(text: str, process: Mapping[str, str]) -> dict[str, str]:
    """The variables of a `.env` text, references in them resolved (those of the process first); odd lines are skipped.

    Raises `ConfigError` for references in references that would fill the memory, or go deeper than anybody writes.
    """
    raw = {match["name"]: _unquote(match["value"].strip()) for match in _LINE.finditer(re.sub("\r\n?", "\n", text))}
    followed = 0

    def resolve(name: str, open_names: frozenset[str]) -> str:
        nonlocal followed
        if name in process:
            return process[name]
        if name not in raw or name in open_names:
            return ""
        followed += 1 + len(raw[name])
        if followed > _MOST or len(open_names) > _DEEPEST:
            raise ConfigError(f".env: too many variables in variables, the last one is {name}", "Write its value there itself.")
        return fill(raw[name], open_names | {name})

    def fill(value: str, open_names: frozenset[str]) -> str:
        def replacement(match: re.Match[str]) -> str:
            if match["escape"]:
                return "$"
            name, _, default = (match["braced"] or match["bare"] or "").partition(":-")
            return resolve(name, open_names) or default

        return _IN_DOTENV.sub(replacement, value)

    return {name: fill(value, frozenset({name})) for name, value in raw.items()}


def _unquote(value: str) -> str:
    if len(value) < 2 or value[0] not in "'\"`" or value[-1] != value[0]:
        return value
    inner = value[1:-1]
    return inner.replace("\\n", "\n").replace("\\r", "\r") if value[0] == '"' else inner


def expand(text: str, variables: Mapping[str, str], *, environment: str, key: str) -> str:
    """The text with `${VAR}` and `${VAR:-default}` (when it is not set, or empty) filled in; any other `$` stays.

    `environment` is "" for a key of `[job]`. Raises `ConfigError`, naming variable, environment and key, for a variable that is
    not set and has no default.
    """
    where = f"environment {environment}" if environment else "[job]"

    def replacement(match: re.Match[str]) -> str:
        value = variables.get(match["name"], "")
        if value or match["dash"]:
            return value or match["default"]
        state = "is empty" if match["name"] in variables else "is not set"
        raise ConfigError(
            f"{where}: the variable {match['name']} in `{key}` {state}",
            f"Set it in the process or in .env, or give a default: ${{{match['name']}:-...}}",
        )

    if "${" in _IN_CONFIG.sub("", text):
        raise ConfigError(
            f"{where}: `{key}` has a ${{ that is no ${{VAR}} or ${{VAR:-default}}",
            "A variable's name is made of letters, digits and _.",
        )
    return _IN_CONFIG.sub(replacement, text)
