"""What one run saw, as values: findings, how each environment answered, and what was counted in the groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any

from namesync.errors import UsageError
from namesync.job.life import Content, Seen
from namesync.model import Key
from namesync.report import Finding, Rule, Severity

_OF_ALL = frozenset({Rule.OFF_CONVENTION, Rule.NAME_COLLISION})


class State(StrEnum):
    """How an environment answered."""

    READ = "read"
    DEPLOYING = "deploying"  # a deployment was in flight for as long as we waited: no drift, and no failure
    UNREACHABLE = "unreachable"  # refused, timed out, hung up
    UNUSABLE = "unusable"  # a variable that is not set, a schema that is not there, a server we don't read

    @property
    def failed(self) -> bool:
        """Whether that keeps the run from being complete."""
        return self in (State.UNREACHABLE, State.UNUSABLE)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one environment answered, and why."""

    state: State
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shard:
    """The part of all environments one runner sees to: the `index`-th of `count`, from 1. Members fall to shards by name."""

    index: int = 1
    count: int = 1

    @property
    def scope(self) -> str:
        """What a run with it is called in the history."""
        return "all" if self.count == 1 else f"{self.index}/{self.count}"

    def takes(self, name: str) -> bool:
        """Whether the environment is one of ours; the same on every machine."""
        return int.from_bytes(sha256(name.encode()).digest()[:8]) % self.count == self.index - 1


def parse_shard(words: str | None, environ: Mapping[str, str]) -> Shard:
    """`2/4`, or `4` with the index in JOB_COMPLETION_INDEX, which counts from 0. Raises `UsageError`.

    https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
    """
    if words is None:
        return Shard()
    first, slash, second = words.partition("/")
    if not slash:
        given = environ.get("JOB_COMPLETION_INDEX", "")
        first, second = (str(int(given) + 1) if given.isdecimal() else ""), first
    if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second)):
        hint = "--shard 2/4 is the second of four; --shard 4 takes the index from JOB_COMPLETION_INDEX (0 to 3)."
        raise UsageError(f"no shard: {words}", hint)
    return Shard(int(first), int(second))


@dataclass(frozen=True, slots=True)
class Fleet:
    """What was counted in a group. `shapes`: shape -> how many of our members have it, and one of them."""

    name: str
    members: int
    alike: int
    shapes: Mapping[str, tuple[int, str]] = field(default_factory=dict)


@dataclass(slots=True)
class Sight:
    """All that one run saw; what looks at environments adds to it.

    `known`: the names of all configured environments, `known_groups` those of them that are groups. `compared`: the
    environments compared with each other were looked at. `groups`: those whose members were listed; of these, only members
    that could not be read have a standing. `partly`: environments and members whose role may not see every object ->
    those it saw.
    """

    known: frozenset[str]
    shard: Shard
    known_groups: frozenset[str] = frozenset()
    compared: bool = False
    authority: str = ""
    findings: list[Seen] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    fleets: list[Fleet] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    ignored: int = 0
    partly: dict[str, frozenset[Place]] = field(default_factory=dict)

    @property
    def unread(self) -> frozenset[str]:
        """The configured environments this run says nothing about; groups are none."""
        read = {name for name, standing in self.standings.items() if standing.state is State.READ}
        return self.known - self.known_groups - read

    def premature(self, seen: Seen) -> bool:
        """Whether the finding says something of all environments, or of the authority's names, and not all were read."""
        return not seen.subject and seen.content["rule"] in _OF_ALL and bool(self.unread)

    def judged(self, seen: Seen) -> bool:
        """Whether the run would have seen the finding again if it still stood."""
        if not seen.subject:
            names = seen.content["names"]
            return self.compared and self.unread.isdisjoint(names) and not any(map(partial(self._overlooks, seen), names))
        group = group_of(seen.subject)
        if group not in self.known:
            return True  # it was taken out of the configuration
        if self._overlooks(seen, seen.subject):
            return False
        standing = self.standings.get(seen.subject)
        return group in self.groups and self.shard.takes(seen.subject) and (standing is None or standing.state is State.READ)

    def _overlooks(self, seen: Seen, name: str) -> bool:
        """Whether the environment had the object, and its role does not see it now."""
        found, content = self.partly.get(name), seen.content
        if found is None or content["names"].get(group_of(name)) is None:
            return False
        return (content["kind"], content["table"], tuple(content["columns"])) not in found


Place = tuple[str, str, tuple[str, ...]]
"""The kind, table and columns of an object."""


def place(key: Key) -> Place:
    """What a finding's content says of its key."""
    return key.kind.value, key.table.name, key.columns


def group_of(name: str) -> str:
    """The group of a member, or the environment itself."""
    return name.partition("/")[0]


def content_of(finding: Finding, shown: Mapping[str, Any], authority: str) -> Content:
    """A finding as the history keeps it: as `--format json` shows it, with the environments it is about."""
    return {**shown, "environments": differing(finding, authority)}


def differing(finding: Finding, authority: str) -> list[str]:
    """The environments that differ from what is declared, or from the authority; all where none does."""
    names = finding.names
    model = finding.declared if finding.declared is not None else names.get(authority)
    values = finding.differences.values()
    apart = [
        name
        for name in names
        if names[name] != model
        or any(one.get(name) != one.get(authority) for one in values)
        or finding.candidates.get(name) != finding.candidates.get(authority)
    ]
    return sorted(apart or names)


def severe(content: Content, at_least: Severity | None) -> bool:
    """Whether a finding weighs as much; none does where that is None."""
    return at_least is not None and Severity[content["severity"].upper()] >= at_least


Alive = Callable[[], None]
"""Called between two environments: renews the lease, and raises what ends the run early."""


def one_line(error: Exception) -> str:
    """An error for a place where there is room for one line."""
    return " ".join(str(error).split())


def total(fleets: Iterable[Fleet]) -> tuple[int, int]:
    """Members, and members alike, of all shards together."""
    found = list(fleets)
    return sum(fleet.members for fleet in found), sum(fleet.alike for fleet in found)
