"""Passwords that are found again however they are spelled, and every place a run may have left one."""

from __future__ import annotations

import logging
import random
import string
import sys
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

HOSTILE = [
    *" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    *("é", "日", "😀", "\u202e", "e\u0301"),
    *("%41", "%zz", "@@", "//", "''", "&amp;", "\\u0040", "${x", "***"),
]
"""What stands between the words of a password."""


@dataclass(frozen=True)
class Marked:
    """A password made of words that stand nowhere else: one of them is found in whatever spelling the rest has."""

    words: tuple[str, ...]
    password: str

    @property
    def encoded(self) -> str:
        """As it has to stand in a URL."""
        return quote(self.password, safe="")

    @property
    def lazily(self) -> str:
        """Only the signs that people know to be trouble are encoded, and in small letters."""
        return "".join(f"%{ord(sign):02x}" if sign in "@:/?#[]% \\" else sign for sign in self.password)

    @property
    def raw(self) -> str:
        """As people write it: nothing is encoded."""
        return self.password

    def found_in(self, data: str | bytes) -> bool:
        """Whether any part of it is there: as it is, encoded, escaped, quoted, in hexadecimal digits or base64."""
        found = (data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data).lower()
        return any(mark in found for word in self.words for mark in _spellings(word))


def _spellings(word: str) -> Iterator[bytes]:
    text = word.encode()
    yield text.lower()
    yield text.hex().encode()
    for shift in range(3):  # where the word begins among three bytes decides what base64 makes of it
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(bytes(shift) + text)
            yield whole[(0, 2, 3)[shift] : len(whole) - 4].lower()


def marked(chance: random.Random) -> Marked:
    """Three words with hostile signs between them."""
    signs = string.ascii_letters + string.digits
    words = tuple("Zq" + "".join(chance.choices(signs, k=12)) for _ in range(3))
    between = ["".join(chance.choices(HOSTILE, k=chance.randint(1, 3))) for _ in range(2)]
    return Marked(words, f"{words[0]}{between[0]}{words[1]}{between[1]}{words[2]}")


NOISY = ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool", "psycopg", "apprise", "urllib3", "requests", "apscheduler")
"""Loggers of the libraries below: some have a level of their own."""


class Records(logging.Handler):
    """All that is logged, as a person would read it, the debug lines of every library among it."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {logging.Formatter().format(record)} {record.args!r}")


@contextmanager
def everything_logged() -> Iterator[Records]:
    """Every logger at DEBUG, as with an application that wants to know it all."""
    records = Records()
    loggers = [logging.getLogger(), *map(logging.getLogger, NOISY)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(records)
    try:
        yield records
    finally:
        loggers[0].removeHandler(records)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


_CHILDREN: list[Any] | None = None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _CHILDREN is not None and event == "subprocess.Popen":
        _CHILDREN.append(repr(arguments[:2]))


sys.addaudithook(_audit)  # there is no way to take one back: it listens while `children` asks it to


@contextmanager
def children() -> Iterator[list[str]]:
    """The command lines of the processes started meanwhile: every user of the machine can read them."""
    global _CHILDREN  # noqa: PLW0603 - an audit hook has no state of its own
    _CHILDREN = []
    try:
        yield _CHILDREN
    finally:
        _CHILDREN = None


@dataclass
class Folder:
    """A project's folder; `given` are the files that hold the secret because somebody put it there."""

    path: Path
    given: dict[Path, bytes] = field(default_factory=dict)

    def have(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        self.given[path] = path.read_bytes()
        return path

    def left(self) -> Iterator[tuple[str, bytes]]:
        """Every file that is new or another one than was given, and its name."""
        for path in self.path.rglob("*"):
            if path.is_file() and self.given.get(path) != (data := path.read_bytes()):
                yield f"file {path.relative_to(self.path)}", data + str(path.relative_to(self.path)).encode()
