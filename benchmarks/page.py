"""`RESULTS.md`: what was measured, on what, and what it comes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from benchmarks.measure import Cost, Rounds, Spread, ratio, spread
from benchmarks.targets import MB, Measured, Results, targets

_ABOUT = """\
# Benchmarks

Written by `scripts/bench` on {day}, nothing by hand. Figures are of whole processes, as the kernel counts them: seconds of
wall, the median of the rounds (least to most); seconds of processor, of the programs themselves and not of their servers; peak
memory, of the largest process, counted from 11 MB on. All of a table ran in turn, round by round, and ratios are of rounds.

Tables have ten columns and eight named objects: a primary key, two uniques, three indexes, two foreign keys. A third of the
names differ between `prod` and `dev`. The schemas are [generated](worlds.py) and pinned by a digest. The catalog queries are
those of namesync, with nothing done with their rows.
"""
_INSIDE = """\
As seen from within, with a clock around each stage; what is not processor is waiting for the server. Environments are read at
once.
"""
_ON_THE_WIRE = """\
The number of catalog queries depends neither on tables nor on tenants: [a test](../tests/sources/test_wire.py) counts them on
the wire.
"""
_HEAD = ("what", "wall, s", "processor, s", "peak, MB")
_REACHED = {True: "yes", False: "**no**", None: "not measured in this run"}


def page(results: Results, machine: Mapping[str, str], took_s: float) -> str:
    """The whole page."""
    return "\n".join(_parts(results, machine, took_s))


def _parts(results: Results, machine: Mapping[str, str], took_s: float) -> Iterator[str]:
    yield _ABOUT.format(day=datetime.now(UTC).date())
    yield "## Targets\n"
    yield _table(
        ("target", "reached", "measured"), [(one.what, _REACHED[one.reached], one.measured) for one in targets(results)]
    )
    yield _ON_THE_WIRE
    if results.inside:
        yield "## Where the time goes\n"
        yield _INSIDE
    for command, stages in results.inside.items():
        yield _inside(command, stages)
    for measured in results.measured:
        yield from _measured(measured)
    if results.growth:
        yield from _growth(results.growth)
    if results.missing:
        yield "## Not measured\n"
        yield _listed(results.missing)
    yield "## Machine and versions\n"
    yield _table(("", ""), machine.items())
    yield f"The run took {took_s / 60:.0f} minutes.\n"


def _measured(measured: Measured) -> Iterator[str]:
    yield f"## {measured.title}\n"
    ran = {name: costs for name, costs in measured.rounds.items() if any(costs)}
    base = next(iter(ran.values())) if next(iter(ran), "").startswith("catalog queries") else None
    if base is None:
        yield _table(_HEAD, [_row(name, costs) for name, costs in ran.items()])
    else:
        rows = [(*_row(name, costs), _shown(ratio(costs, base))) for name, costs in ran.items()]
        yield _table((*_HEAD, "times the first"), rows)
    said = [(f"{name}: {stage}", figure) for name, costs in ran.items() for stage, figure in _said(costs)]
    if said:
        yield "By their own clock, without the interpreter's start and without making up what they work on:\n"
        yield _table(("of these", "s"), said)
    if measured.failed:
        yield _listed(measured.failed)


def _row(name: str, costs: list[Cost | None]) -> tuple[str, ...]:
    wall, processor = spread(costs), spread(costs, lambda cost: cost.processor)
    return (
        name,
        _shown(wall),
        _shown(processor, whole=False),
        _shown(spread(costs, lambda cost: cost.memory / MB), whole=False),
    )


def _said(costs: list[Cost | None]) -> Iterator[tuple[str, str]]:
    stages = next(cost.said for cost in costs if cost)
    for stage in stages:
        yield stage, _shown(spread(costs, lambda cost, stage=stage: cost.said[stage]))


def _growth(rounds: Rounds) -> Iterator[str]:
    small, large = rounds.values()
    yield "## PostgreSQL, two sizes in turn\n"
    yield _table(_HEAD, [_row(name, costs) for name, costs in rounds.items() if any(costs)])
    yield f"The ratio: {_shown(ratio(large, small))}.\n"


def _inside(command: str, stages: Mapping[str, tuple[float, float]]) -> str:
    whole = [sum(seconds) for seconds in zip(*stages.values(), strict=True)]
    rows = [(stage, f"{wall:.2f}", f"{processor:.2f}", f"{wall / whole[0]:.0%}") for stage, (wall, processor) in stages.items()]
    return _table((command, "s", "processor, s", "share"), [*rows, ("all", f"{whole[0]:.2f}", f"{whole[1]:.2f}", "")])


def _shown(found: Spread | None, *, whole: bool = True) -> str:
    if found is None:
        return ""
    return f"{found.median:.3g} ({found.least:.3g} to {found.most:.3g})" if whole else f"{found.median:.3g}"


def _listed(reasons: Mapping[str, str]) -> str:
    return "".join(f"- {name}: {reason}\n" for name, reason in reasons.items())


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---:" if place else "---" for place in range(len(head))), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
