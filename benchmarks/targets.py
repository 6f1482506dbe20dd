"""What is to be reached, and whether it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from benchmarks.bare import QUERIES
from benchmarks.contenders import DIFF, EDITING, JOB, PLANNING, VERSION
from benchmarks.measure import Rounds, Spread, ratio, spread
from benchmarks.others import PULL
from benchmarks.servers import POSTGRESQL

MB = 1e6
TENANTS = "tenants"
PROGRAM = "program"
_PSQL = QUERIES.format("psql")


@dataclass(frozen=True)
class Measured:
    """What a match cost: `place` is a server, TENANTS or PROGRAM, `failed` those that did not come through and why."""

    place: str
    size: int
    title: str
    rounds: Rounds
    failed: dict[str, str]


@dataclass
class Results:
    """All that a run has measured. `inside`: command -> stage -> seconds and seconds of processor."""

    measured: list[Measured] = field(default_factory=list)
    growth: Rounds = field(default_factory=dict)
    inside: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    imported: list[str] | None = None
    missing: dict[str, str] = field(default_factory=dict)

    def of(self, place: str, size: int) -> Rounds:
        """The rounds of a match, {} where it did not take place."""
        return next((one.rounds for one in self.measured if (one.place, one.size) == (place, size)), {})


@dataclass(frozen=True)
class Target:
    """`reached` is None where this run did not measure it."""

    what: str
    reached: bool | None
    measured: str = ""


def targets(results: Results) -> Iterator[Target]:
    """All of them. Those of two environments are for 2,000 tables unless they say otherwise."""
    pair, tenants, program = results.of(POSTGRESQL, 2_000), results.of(TENANTS, 1_000), results.of(PROGRAM, 0)
    own, small, large = pair.get(DIFF, []), *(results.growth.get(growing(tables), []) for tables in (2_000, 10_000))
    peak = spread(results.of(POSTGRESQL, 10_000).get(DIFF, []), lambda cost: cost.memory / MB)
    version = spread(program.get(VERSION, []), lambda cost: cost.processor * 1000)
    yield _at_most("`diff` to the catalog queries, run once for each environment by `psql`", ratio(own, pair.get(_PSQL, [])), 2)
    pulled = ratio(pair.get(PULL, []), own)
    yield _judged("`prisma db pull`, twice, to `diff`: at least 10", pulled, "", pulled is not None and pulled.median >= 10)
    yield _at_most("`diff` of 10,000 tables to that of 2,000", ratio(large, small), 5.5)
    yield _at_most("`diff` of 10,000 tables: its peak memory", peak, 250, " MB")
    yield _at_most("`namesync --version`: its processor time", version, 100, " ms")
    if results.imported is not None:
        drivers = ", ".join(results.imported) or "none"
        yield Target("`namesync --version`: database drivers imported: none", not results.imported, drivers)
    read = tenants.get(_PSQL, [])
    yield _at_most("1,000 tenants of 20 tables to one bare read of all their catalogs", ratio(tenants.get(JOB, []), read), 3)
    yield _at_most("planning 20,000 renames, with proof", _said(program, PLANNING), 2, " s")
    yield _at_most("editing a schema of 10,000 models: reading, listing and editing it", _said(program, EDITING), 3, " s")


def growing(tables: int) -> str:
    """The diffs of two sizes, measured in turn."""
    return f"{DIFF}, {tables:,} tables"


def _said(program: Rounds, name: str) -> Spread | None:
    return spread(program.get(name, []), lambda cost: sum(cost.said.values()))


def _at_most(what: str, found: Spread | None, limit: float, unit: str = "") -> Target:
    return _judged(f"{what}: at most {limit:g}{unit}", found, unit, found is not None and found.median <= limit)


def _judged(what: str, found: Spread | None, unit: str, reached: bool) -> Target:
    if found is None:
        return Target(what, None)
    return Target(what, reached, f"{found.median:.3g}{unit} ({found.least:.3g} to {found.most:.3g})")
