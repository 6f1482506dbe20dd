"""The outcome of a run, as a value: renderers and messages are made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from namesync.baseline import accepts
from namesync.job.life import Content, Ident, Life, Seen, What
from namesync.job.sight import Fleet, Standing, State, group_of, severe
from namesync.report import Severity


@dataclass(frozen=True, slots=True)
class Turn:
    """An environment that answers in another way than in the last run that asked it."""

    name: str
    before: State | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Way:
    """One way to differ from the reference: what differs, and the members of the group that differ so."""

    group: str
    contents: tuple[Content, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run found. `lives` are in the order of their idents; `baseline` says what is accepted."""

    run: int
    scope: str
    started: str
    seconds: float
    authority: str
    standings: Mapping[str, Standing]
    lives: Sequence[Life]
    turns: Sequence[Turn] = ()
    fleets: Sequence[Fleet] = ()
    warnings: Sequence[str] = ()
    ignored: int = 0
    baseline: Mapping[Ident, str] = field(default_factory=dict)
    undelivered: Sequence[str] = ()

    def accepted(self, life: Life) -> bool:
        """Whether the baseline accepts it."""
        return accepts(self.baseline, life.seen)

    @property
    def open(self) -> list[Seen]:
        """The findings that stand after the run."""
        return [life.seen for life in self.lives if life.what is not What.RESOLVED]

    @property
    def changes(self) -> list[Life]:
        """What changed since the last run and is not accepted; a resolved finding was never accepted."""
        moved = [life for life in self.lives if life.what is not What.STANDING]
        return [life for life in moved if life.what is What.RESOLVED or not self.accepted(life)]

    def counts(self) -> dict[What, int]:
        """How many findings became what."""
        return {what: sum(life.what is what for life in self.lives) for what in What}

    @property
    def failed(self) -> bool:
        """Whether an environment could not be read; one that was skipped for a deployment is no failure."""
        return any(standing.state.failed for standing in self.standings.values())

    def exit_code(self, fail_on: Severity | None = Severity.ERROR, *, new_only: bool = False) -> int:
        """0 nothing to fail on, 1 findings at or above `fail_on` (with `new_only` those new or changed), 2 not all was read."""
        if self.failed:
            return 2
        counted = (What.NEW, What.CHANGED) if new_only else (What.NEW, What.CHANGED, What.STANDING)
        return int(
            any(severe(life.seen.content, fail_on) and not self.accepted(life) for life in self.lives if life.what in counted)
        )


def ways(seen: Sequence[Seen]) -> list[Way]:
    """The members of groups that differ, grouped by identical differences: the commonest way of each group first."""
    by_member: dict[str, list[Content]] = defaultdict(list)
    for one in seen:
        if one.subject:
            by_member[one.subject].append(one.content)
    alike: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = defaultdict(list)
    for member, contents in by_member.items():
        alike[group_of(member), tuple(sorted((one["fingerprint"], repr(one["names"])) for one in contents))].append(member)
    found = [Way(group, tuple(by_member[names[0]]), tuple(sorted(names))) for (group, _), names in alike.items()]
    return sorted(found, key=lambda way: (way.group, -len(way.members), way.members))
