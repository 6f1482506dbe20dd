"""The benchmarks measure what they say: the schemas are the pinned ones and drift as told, costs are a process's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import worlds
from benchmarks.contenders import DIFF
from benchmarks.measure import Command, Contender, Cost, Failed, Rounds, Spread, alternate, ratio, run, spread
from benchmarks.page import page
from benchmarks.servers import POSTGRESQL
from benchmarks.targets import Measured, Results, targets
from namesync.api import check, diff
from namesync.model import Provider
from namesync.report import Rule
from tests.servers import Server

TABLES = 30


def test_the_schemas_are_those_of_earlier_results() -> None:
    assert worlds.digest() == worlds.DIGEST


@pytest.mark.parametrize("server", ["postgresql-18", "mysql", "mariadb"], indirect=True)
def test_what_drifts(server: Server, tmp_path: Path) -> None:
    """Eight objects a table, `dev` as its schema.prisma says, and a third of the names of `prod` others."""
    write = worlds.postgresql if server.provider is Provider.POSTGRESQL else worlds.mysql
    prod, dev = (server.create("".join(write(TABLES, drifted=drifted))) for drifted in (True, False))
    schema = tmp_path / "schema.prisma"
    schema.write_text(worlds.prisma(TABLES, server.provider.family.value))
    report = diff(f"prod={prod}", f"dev={dev}", only=[Rule.NAME_DRIFT])
    assert report.objects == 8 * TABLES
    assert 0.25 < len(report.findings) / report.objects < 0.42
    assert check(f"dev={dev}", schema=schema).findings == ()


def contender(folder: Path, name: str, *scripts: str, **facts: object) -> Contender:
    return Contender(name, tuple(Command((sys.executable, "-c", script)) for script in scripts), folder, **facts)  # type: ignore[arg-type]


def test_a_cost_is_the_process_s_own(tmp_path: Path) -> None:
    """Not that of whoever measures: this process has all of the tests in its memory."""
    small, large = (run(contender(tmp_path, "x", f"x = bytearray({size})"), 60) for size in (1, 300_000_000))
    assert small.memory < 30e6
    assert 300e6 < large.memory < 350e6


def test_a_cost_is_of_all_commands(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.2: pass"
    for together in (False, True):
        assert run(contender(tmp_path, "x", busy, busy, together=together), 60).processor > 0.4


@pytest.mark.parametrize(
    ("script", "facts", "words"),
    [
        ("import sys; sys.exit('why not')", {}, "it ended with 1: why not"),
        ("", {"ends": 1}, "it ended with 0: no words"),
        ("import time; time.sleep(60)", {}, "more than 1 s"),
    ],
    ids=["failed", "found nothing", "too late"],
)
def test_a_failure_is_no_figure(script: str, facts: dict[str, int], words: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match=words):
        run(contender(tmp_path, "x", script, script, **facts), 1)


def test_rounds_alternate_and_who_fails_or_is_slow_sits_out(tmp_path: Path) -> None:
    ran: list[str] = []
    scripts = {"quick": "", "slow": "import time; time.sleep(0.3)", "broken": "1 / 0"}
    asked = [contender(tmp_path, name, script, prepare=lambda name=name: ran.append(name)) for name, script in scripts.items()]
    found, failed = alternate(asked, rounds=3, each_s=0.25, timeout_s=60, tell=lambda _: None)
    assert ran[:4] == ["quick", "slow", "broken", "quick"]
    assert (ran.count("slow"), ran.count("broken")) == (1, 1)
    assert [cost is not None for cost in found["slow"]] == [True, False, False]
    assert "ZeroDivisionError" in failed["broken"]


def costs(*walls: float | None) -> list[Cost | None]:
    return [None if wall is None else Cost(wall, 0, 12_000_000) for wall in walls]


def test_ratios_are_of_the_rounds_in_which_both_took_part() -> None:
    assert ratio(costs(2, 9, None, 8), costs(1, 3, 5, 2)) == Spread(3, 2, 4)
    assert ratio(costs(None), costs(1)) is None
    assert spread(costs(4, None, 1, 2)) == Spread(2, 1, 4)


@pytest.mark.parametrize(("own", "reached"), [(1.9, True), (2.1, False), (None, None)])
def test_targets(own: float | None, reached: bool | None) -> None:
    rounds: Rounds = {"catalog queries, psql": costs(1, 1), DIFF: costs(own, own)}
    results = Results(measured=[Measured(POSTGRESQL, 2_000, "two thousand", rounds, {"migra": "gone"})])
    assert next(iter(targets(results))).reached is reached
    text = page(results, {"kernel": "Linux"}, 60)
    assert {True: "| yes | 1.9 (1.9 to 1.9) |", False: "| **no** | 2.1", None: "| not measured in this run |"}[reached] in text
    assert "- migra: gone" in text
