"""TOML text -> `Config`. Nothing is guessed: an unknown key or a value of another type is an error that says where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from namesync.config import COMPARED_WITH, CONVENTIONS, Config, Environment, Ignore, Job
from namesync.config.places import KeyPath, places
from namesync.errors import ConfigError
from namesync.model import Kind
from namesync.report import Rule

Table = Mapping[str, Any]


def has_section(text: str) -> bool:
    """Whether the text of a `pyproject.toml` speaks of namesync; it need not be valid TOML otherwise."""
    return re.search(r"^\s*\[+\s*tool\s*\.\s*[\"']?namesync\b", text, re.MULTILINE) is not None


def parse(text: str, path: Path) -> Config:
    """The text of the file `path`; of a `pyproject.toml` only `[tool.namesync]`. Raises `ConfigError`."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}", "The file is no valid TOML.") from None
    except (RecursionError, ValueError):
        raise ConfigError(f"{path}: values are nested too deeply, or a number has thousands of digits") from None
    if path.name == "pyproject.toml":
        tool = document.get("tool")
        document = tool.get("namesync", {}) if isinstance(tool, dict) else {}
    where = _Where(path, text)
    values = where.table(document, "", _CONFIG)
    environments = {name: _environment(where, name, table) for name, table in values.pop("environments", {}).items()}
    ignores = tuple(_ignore(where, table, number) for number, table in enumerate(values.pop("ignore", []), 1))
    job = Job(**where.table(values.pop("job", {}), "job", _JOB))
    return Config(path.absolute().parent, path, **values, environments=MappingProxyType(environments), ignores=ignores, job=job)


class _Where:
    """Checks tables of one file, and says where it found what."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def fail(self, key: str, what: str, hint: str = "") -> NoReturn:
        """Raises `ConfigError` for one key of the file, unsaid where it may be a URL."""
        lines = {_dotted(keys): line for keys, line in places(self.text).items()}
        place = f"{self.path}:{lines[key]}" if key in lines else f"{self.path}"
        raise ConfigError(": ".join(filter(None, (place, "***" if "@" in key else key, what))), hint)

    def table(self, table: object, key: str, readers: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
        """The table's values, each through its reader (which raises ValueError with what it wants)."""
        if not isinstance(table, dict):
            self.fail(key, "a table is wanted here")
        values = {}
        for name, value in table.items():
            dotted = f"{key}.{name}" if key else name
            if name not in readers:
                self.fail(dotted, "unknown key", suggestion(name, readers))
            try:
                values[name] = readers[name](value)
            except ValueError as error:
                self.fail(dotted, f"{error} is wanted here")
        return values


def _dotted(keys: KeyPath) -> str:
    """The keys as messages spell them: `environments.prod.url`, `ignore 2.rule`."""
    text = "".join(f" {key + 1}" if isinstance(key, int) else f".{key}" for key in keys)
    return text.removeprefix(".tool.namesync").removeprefix(".")


def suggestion(name: str, known: Iterable[str]) -> str:
    """`Did you mean ...?`, or all that is known."""
    known = list(known)
    near = get_close_matches(name, known, n=3)
    return f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(known)}"


def _environment(where: _Where, name: str, table: object) -> Environment:
    key = f"environments.{name}"
    if not re.fullmatch(r"[\w.-]+", name):
        where.fail(key, "a name is made of letters, digits, - _ and .")
    environment = Environment(name, **where.table(table, key, _ENVIRONMENT))
    origins = [origin for origin in ("url", "url_file", "url_command", "file") if getattr(environment, origin)]
    if len(origins) > 1:
        where.fail(key, f"{' and '.join(origins)} can't stand together", "Keep one of them.")
    groups = [each for each in ("each_schema", "each_database", "each_url") if getattr(environment, each)]
    if len(groups) > 1:
        where.fail(key, f"{' and '.join(groups)} can't stand together", "Write a group for each.")
    if environment.group and environment.file:
        where.fail(key, "a group is found on a server, not in a file")
    if environment.each_url and origins:
        where.fail(key, f"each_url and {origins[0]} can't stand together", "The file holds the URLs.")
    if environment.each_schema and environment.schemas:
        where.fail(key, "each_schema and schemas can't stand together", "each_schema is what picks the schemas.")
    return environment


def _ignore(where: _Where, table: object, number: int) -> Ignore:
    key = f"ignore {number}"
    values = where.table(table, key, _IGNORE)
    if "reason" not in values:
        where.fail(key, "no reason is given", 'Say why, for who reads it next: reason = "...".')
    if not values.keys() - {"reason", "until"}:
        where.fail(key, "it would silence everything", f"Name one of: {', '.join(_IGNORE)}")
    return Ignore(**values)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("a text")
    return value


def _no_url(wanted: str, value: object) -> str:
    """A text in which a database's URL can't stand: it would be shown, and with it a password."""
    text = _text(value)
    without_drive = re.sub(r"^[A-Za-z]:(?=[/\\])", "", text)  # C:/ begins a path of Windows
    if re.search(r"^\s*[\w+.-]+:/|://|:.*[@?]", without_drive, re.DOTALL):
        raise ValueError(f"{wanted}, and no URL,")
    return text


_name = partial(_no_url, "a name")
_path = partial(_no_url, "a path")


def _one_of(words: tuple[str, ...], value: object) -> str:
    if value not in words:
        raise ValueError(f"one of {', '.join(words)}")
    return str(value)


def _glob_of(words: tuple[str, ...], value: object) -> str:
    if not isinstance(value, str) or not any(fnmatchcase(word, value) for word in words):
        raise ValueError(f"one of {', '.join(words)}, or a glob that matches some of them,")
    return value


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one and "\0" not in one for one in value):
        raise ValueError("a list of texts")
    return tuple(value)


def _command(value: object) -> tuple[str, ...]:
    words = _words(value) if isinstance(value, str) else _texts(value)
    _no_url("a command", words[0])
    return words


def _words(text: str) -> tuple[str, ...]:
    import shlex

    try:
        words = tuple(shlex.split(text))
    except ValueError:
        words = ()
    if not words:
        raise ValueError("a command (a text with balanced quotes, or a list of its words)")
    return words


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 86_400:
        raise ValueError("a number of seconds, more than 0 and up to 86400,")
    return float(value)


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _duration(value: object) -> float:
    found = re.fullmatch(r"(\d{1,5}) ?([smhd])", value) if isinstance(value, str) else None
    if found is None or not int(found[1]):
        raise ValueError('a duration such as "30m", "12h" or "7d"')
    return float(int(found[1]) * _UNITS[found[2]])


def _count(most: int, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"a number from 1 to {most}")
    return value


def _date(value: object) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError("a date (until = 2027-01-01, without quotes)")
    return value


def _tables(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("tables ([environments.prod])")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("an array of tables ([[ignore]])")
    return value


_CONFIG: Mapping[str, Callable[[Any], Any]] = {
    "authority": _name,
    "schema": _path,
    "convention": partial(_one_of, CONVENTIONS),
    "shadow_url": _text,
    "environments": _tables,
    "ignore": _list,
    "job": lambda value: value,
}
_ENVIRONMENT: Mapping[str, Callable[[Any], Any]] = {
    "url": _text,
    "url_file": _path,
    "url_command": _command,
    "file": _path,
    "schemas": _texts,
    "each_schema": _text,
    "each_database": _text,
    "each_url": _path,
    "compare": partial(_one_of, COMPARED_WITH),
    "connect_timeout": _seconds,
    "statement_timeout": _seconds,
    "shadow_url": _text,
    "migrations": _path,
}
_JOB: Mapping[str, Callable[[Any], Any]] = {
    "history": _text,
    "webhook": _text,
    "apprise": _texts,
    "remind_after": _duration,
    "metrics": _path,
    "attempts": partial(_count, 20),
    "deploy_wait": _seconds,
    "workers": partial(_count, 64),
}
_IGNORE: Mapping[str, Callable[[Any], Any]] = {
    "rule": partial(_glob_of, tuple(rule.value for rule in Rule)),
    "table": _text,
    "kind": partial(_glob_of, tuple(kind.value for kind in Kind)),
    "name": _text,
    "environment": _text,
    "reason": _text,
    "until": _date,
}
