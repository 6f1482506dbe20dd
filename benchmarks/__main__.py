"""Measures namesync, and what it can be compared with. See docs/contributing.md."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pymysql

from benchmarks import bare, contenders, measure, servers, worlds
from benchmarks.contenders import Match
from benchmarks.machine import machine
from benchmarks.measure import Contender
from benchmarks.page import page
from benchmarks.servers import POSTGRESQL, Host, Pair, mysql_on_path
from benchmarks.targets import PROGRAM, TENANTS, Measured, Results, growing
from tests.engines import Missing

PAGE = Path(__file__).with_name("RESULTS.md")
# Tables -> how many rounds, and after how many seconds of its own a contender sits out those that are left.
_POSTGRESQL = {500: (5, 8), 2_000: (5, 15), 10_000: (3, 12)}
_MYSQL = {500: (3, 5), 2_000: (2, 8), 10_000: (2, 8)}
_QUICK = {500: (3, 3)}
_TENANTS = 1_000
_QUICK_TENANTS = 50
_TIMEOUT_S = 120  # of one measurement
_TITLES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL"}
_DIFF_STAGES = {
    "reading both environments": "namesync.sources.loading:load_all",
    "matching": "namesync.match:match",
    "judging": "namesync.check:check",
    "the report as text": "namesync.render.text:render",
}
_JOB_STAGES = {
    "listing the tenants": "namesync.job.fleet:_listed",
    "reading them, a digest of each": "namesync.job.fleet:_shapes",
    "matching and judging": "namesync.job.fleet:_judge",
    "the history": "namesync.job.recording:record",
    "the report as text": "namesync.job.text:render_text",
}
_IMPORTED = """
import sys
from namesync.cli import program
try: program(["--version"])
finally: print(*[one for one in ("psycopg", "pymysql", "sqlalchemy", "sqlite3") if one in sys.modules])
"""


class Run:
    """What is measured in one run."""

    def __init__(self, host: Host, folder: Path, *, quick: bool, sizes: Sequence[int]) -> None:
        self.host = host
        self.folder = folder
        self.quick = quick
        self.sizes = sizes
        self.results = Results()

    def program(self) -> None:
        """What needs no database."""
        self._measure(
            PROGRAM, 0, "Without a database", contenders.program_match(self.folder / PROGRAM), (3 if self.quick else 7, 10)
        )
        done = subprocess.run([sys.executable, "-c", _IMPORTED], capture_output=True, text=True, check=True)
        self.results.imported = done.stdout.splitlines()[-1].split()

    def postgresql(self) -> None:
        """Two databases of each size; the diffs of the larger sizes in turn; one from within."""
        pairs = self._pairs(POSTGRESQL, _QUICK if self.quick else _POSTGRESQL)
        diffs = {tables: contenders.diff(pair, self._folder(f"diff-{tables}")) for tables, pair in pairs.items()}
        if {2_000, 10_000} <= diffs.keys():
            both = [replace(diffs[tables], name=growing(tables)) for tables in (2_000, 10_000)]
            self.results.growth, _ = measure.alternate(both, 5, 90, _TIMEOUT_S, tell)
        for tables, diff in diffs.items():
            if tables != 500 or len(diffs) == 1:
                self._look_inside(growing(tables), diff, _DIFF_STAGES)

    def tenants(self) -> None:
        """One database of many schemas."""
        number = _QUICK_TENANTS if self.quick else _TENANTS
        pair = self._loaded(f"{number:,} tenants", lambda: self.host.tenants(number))
        title = f"PostgreSQL {pair.version}, {number:,} tenants of {worlds.TENANT_TABLES} tables, a schema each"
        self._measure(TENANTS, number, title, contenders.tenants_match(pair, self.folder / TENANTS), (3, 90))
        self._look_inside(f"namesync job run, {number:,} tenants", contenders.job(pair, self._folder("job")), _JOB_STAGES)

    def mariadb(self) -> None:
        """As on PostgreSQL, what there is."""
        self._pairs("mariadb", _MYSQL)

    def mysql(self) -> None:
        """As on PostgreSQL, what there is."""
        mysql_on_path(tell)
        self._pairs("mysql", _MYSQL)

    def _pairs(self, server: str, sizes: dict[int, tuple[int, float]]) -> dict[int, Pair]:
        pairs = {}
        for tables, rounds in sizes.items():
            if self.sizes and tables not in self.sizes:
                continue
            pairs[tables] = pair = self._loaded(
                f"{server}, {tables:,} tables", lambda tables=tables: self.host.pair(server, tables)
            )
            match = contenders.pair_match(pair, self.folder / f"{server}-{tables}")
            self._measure(server, tables, f"{_TITLES[pair.provider]} {pair.version}, {tables:,} tables", match, rounds)
        return pairs

    def _loaded(self, what: str, load: Callable[[], Pair]) -> Pair:
        began = time.monotonic()
        pair = load()
        tell(f"{what}, loaded in {time.monotonic() - began:.0f} s")
        return pair

    def _measure(self, place: str, size: int, title: str, match: Match, rounds: tuple[int, float]) -> None:
        found, failed = measure.alternate(match.contenders, *rounds, _TIMEOUT_S, tell)
        self.results.measured.append(Measured(place, size, title, found, {**match.absent, **failed}))

    def _look_inside(self, title: str, contender: Contender, stages: dict[str, str]) -> None:
        """The same command once more, by a script that puts a clock around its stages."""
        words = contender.commands[0].argv[1:]
        command = bare.python("inside.py", json.dumps(stages), *words)
        try:
            cost = measure.run(replace(contender, commands=(command,), ends=0, says=True), _TIMEOUT_S)
        except measure.Failed as error:
            self.results.missing[f"{title}, from within"] = str(error)
        else:
            self.results.inside[title] = cost.said

    def _folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder


_PARTS = {
    "program": Run.program,
    "postgresql": Run.postgresql,
    "tenants": Run.tenants,
    "mariadb": Run.mariadb,
    "mysql": Run.mysql,
}


_LOST = (Missing, OSError, subprocess.SubprocessError, psycopg.Error, pymysql.MySQLError)
"""What costs a part, and not what the others have measured."""


def tell(words: str) -> None:
    """Progress."""
    print(f"== {words}", file=sys.stderr, flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="500 tables on PostgreSQL and 50 tenants, few rounds")
    parser.add_argument("--only", nargs="+", choices=_PARTS, metavar="NAME", help=f"of {', '.join(_PARTS)}")
    parser.add_argument(
        "--tables", nargs="+", type=int, choices=_POSTGRESQL, default=[], metavar="N", help="of 500, 2000, 10000"
    )
    parser.add_argument("-o", "--output", type=Path, help=f"where the page goes; by default a whole run writes {PAGE.name}")
    arguments = parser.parse_args()
    if worlds.digest() != worlds.DIGEST:
        raise SystemExit(f"the generated schemas have changed: their digest is {worlds.digest()}")
    parts = arguments.only or [name for name in _PARTS if not arguments.quick or name not in ("mariadb", "mysql")]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="namesync-bench-") as folder, servers.host() as host:
        run = Run(host, Path(folder), quick=arguments.quick, sizes=arguments.tables)
        for name in parts:
            try:
                _PARTS[name](run)
            except _LOST as reason:
                run.results.missing[name] = str(reason)
        # Before the servers' folders are removed, which takes its time.
        whole = not (arguments.quick or arguments.only or arguments.tables)
        _deliver(page(run.results, machine(), time.monotonic() - began), arguments.output or (PAGE if whole else None))


def _deliver(text: str, output: Path | None) -> None:
    if output is None:
        print(text, flush=True)
    else:
        output.write_text(text)
        tell(f"wrote {output}")


if __name__ == "__main__":
    main()
