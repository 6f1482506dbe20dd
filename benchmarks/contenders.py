"""What is measured: on two databases, on a database of tenants, and without any."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import bare, others, worlds
from benchmarks.measure import Command, Contender, Missing
from benchmarks.servers import Pair

NAMESYNC = str(Path(sys.executable).with_name("namesync"))
DIFF = "namesync diff"
JOB = "namesync job run"
VERSION = "namesync --version"
PLANNING = "planning 20,000 renames"
EDITING = "editing a schema of 10,000 models"

# Words -> how it ends when all is well: what drifted is found, what is asked for is done.
_COMMANDS = {
    "diff prod dev": 1,
    "check prod": 1,
    "emit --adopt-defaults prod dev": 0,
    "emit --keep-existing prod dev": 0,
    "report prod dev --output report.html": 1,
    "snapshot prod --output prod.json": 0,
}


@dataclass(frozen=True)
class Match:
    """Who competes, and who can't, with the reason."""

    contenders: tuple[Contender, ...]
    absent: dict[str, str]


def pair_match(pair: Pair, folder: Path) -> Match:
    """All that is measured on two databases, each in a folder of its own.

    `namesync diff` itself has no schema.prisma, since the bare queries have none either; the other commands have.
    """
    entries = {
        "by-client": lambda own: bare.by_client(pair, bare.scopes(pair), own),
        "at-once": lambda own: bare.by_client(pair, bare.scopes(pair), own, together=True),
        "by-driver": lambda own: bare.by_driver(pair, bare.scopes(pair), own),
        DIFF: lambda own: diff(pair, own),
        others.PULL: partial(others.pull, pair),
        others.INSPECTOR: partial(others.inspector, pair),
        others.MIGRA: partial(others.migra, pair),
        **{words: partial(_command, pair, words, ends) for words, ends in _COMMANDS.items()},
    }
    return _match(entries, folder)


def tenants_match(pair: Pair, folder: Path) -> Match:
    """A scheduled check of all tenants, and the queries that read all of their catalogs at once."""
    names = tuple(worlds.tenant_name(number) for number in range(pair.tables))
    where = {pair.urls["tenants"]: names}
    entries = {
        "by-client": lambda own: bare.by_client(pair, where, own),
        "by-driver": lambda own: bare.by_driver(pair, where, own),
        JOB: lambda own: job(pair, own),
    }
    return _match(entries, folder)


def program_match(folder: Path) -> Match:
    """What needs no database."""
    entries = {
        VERSION: lambda own: Contender(VERSION, (Command((NAMESYNC, "--version")),), own),
        PLANNING: lambda own: Contender(PLANNING, (bare.python("planning.py", "20000"),), own, says=True),
        EDITING: lambda own: Contender(EDITING, (bare.python("editing.py", "10000"),), own, says=True),
    }
    return _match(entries, folder)


def diff(pair: Pair, folder: Path) -> Contender:
    """Two environments of a configuration."""
    _configure(pair, folder)
    return Contender(DIFF, (Command((NAMESYNC, "diff", "prod", "dev")),), folder, ends=1)


def job(pair: Pair, folder: Path) -> Contender:
    """The first run: there is no history yet."""

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        keys = {"url": pair.urls["tenants"], "each_schema": "tenant_*", "compare": "majority"}
        lines = "".join(f'{key} = "{value}"\n' for key, value in keys.items())
        (folder / "namesync.toml").write_text(f"[environments.tenants]\nstatement_timeout = 600\n{lines}")

    return Contender(JOB, (Command((NAMESYNC, "job", "run")),), folder, ends=1, prepare=prepare)


def _command(pair: Pair, words: str, ends: int, folder: Path) -> Contender:
    """One of namesync's commands in a project with its schema, as before an emit."""

    def prepare() -> None:
        _configure(pair, folder)
        shutil.rmtree(folder / "prisma", ignore_errors=True)
        (folder / "prisma").mkdir()
        (folder / "prisma" / "schema.prisma").write_text(worlds.prisma(pair.tables, pair.provider.family.value))

    name = f"namesync {words.partition(' prod')[0]}, in a project with its schema"
    return Contender(name, (Command((NAMESYNC, *words.split())),), folder, ends=ends, prepare=prepare)


def _configure(pair: Pair, folder: Path) -> None:
    each = (f'[environments.{name}]\nurl = "{url}"\nstatement_timeout = 600\n' for name, url in pair.urls.items())
    (folder / "namesync.toml").write_text('authority = "prod"\n' + "".join(each))


def _match(entries: dict[str, Callable[[Path], Contender]], folder: Path) -> Match:
    found: list[Contender] = []
    absent: dict[str, str] = {}
    for name, make in entries.items():
        own = folder / re.sub(r"\W+", "-", name)
        own.mkdir(parents=True)
        try:
            found.append(make(own))
        except Missing as reason:
            absent[name] = str(reason)
    return Match(tuple(found), absent)
