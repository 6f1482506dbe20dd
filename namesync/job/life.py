"""The life of findings: what was known, and what a run saw, become new, standing, changed and resolved. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

Ident = tuple[str, str]
"""Subject ("" for the environments compared with each other, else the member of a group) and fingerprint."""

Content = Mapping[str, Any]
"""A finding as `--format json` has it, and `environments`: those it is about."""


class What(StrEnum):
    """What became of a finding."""

    NEW = "new"
    CHANGED = "changed"
    RESOLVED = "resolved"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as a run saw it."""

    subject: str
    content: Content

    @property
    def ident(self) -> Ident:
        """What it is known by."""
        return self.subject, self.content["fingerprint"]


@dataclass(frozen=True, slots=True)
class Known:
    """A finding that stood open before the run. `opened` is the run that saw it first."""

    id: int
    seen: Seen
    opened: int


@dataclass(frozen=True, slots=True)
class Life:
    """What became of one finding. `details` tell what changed; `verified`: this run could judge it."""

    what: What
    seen: Seen
    details: tuple[str, ...] = ()
    known: Known | None = None
    verified: bool = True


def lives(
    known: Iterable[Known], seen: Iterable[Seen], *, judged: Callable[[Seen], bool], unread: frozenset[str]
) -> list[Life]:
    """What became of every finding known or seen, in the order of their idents.

    One that is not seen is resolved only where the run could have seen it (`judged`); otherwise it stands. What was known of
    environments that are `unread` stays known.
    """
    before = {one.seen.ident: one for one in known}
    found: dict[Ident, Life] = {}
    for now in seen:
        old = before.pop(now.ident, None)
        found[now.ident] = Life(What.NEW, now) if old is None else _again(old, now, unread)
    for ident, old in before.items():
        over = judged(old.seen)
        found[ident] = Life(What.RESOLVED if over else What.STANDING, old.seen, known=old, verified=over)
    return [found[ident] for ident in sorted(found)]


def _again(old: Known, now: Seen, unread: frozenset[str]) -> Life:
    merged = replace(now, content=_merged(old.seen.content, now.content, unread))
    details = _details(old.seen.content, merged.content)
    return Life(What.CHANGED if details else What.STANDING, merged, details, old)


def _merged(before: Content, now: Content, unread: frozenset[str]) -> Content:
    """The content now, with what was known of the environments that could not be read."""

    def kept(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in old.items() if name in unread and name not in new} | dict(new)

    maps = {part: kept(before.get(part, {}), now.get(part, {})) for part in ("names", "origins", "candidates")}
    old, new = before.get("differences", {}), now.get("differences", {})
    maps["differences"] = {what: both for what in {**new, **old} if (both := kept(old.get(what, {}), new.get(what, {})))}
    places = [place for place in before["environments"] if place in unread and place not in now["environments"]]
    merged = {**now, **{part: value for part, value in maps.items() if value}}
    return {**merged, "environments": sorted([*now["environments"], *places])}


def _details(before: Content, now: Content) -> tuple[str, ...]:
    """What differs between two sights of one finding, in words such as `names.dev: a -> b`."""
    old, new = _comparable(before, now, frozenset()), _comparable(now, before, frozenset(before["names"].values()))
    if old == new:
        return ()
    from deepdiff import DeepDiff

    tree = DeepDiff(old, new, view="tree")
    levels = [level for found in tree.values() for level in found]
    return tuple(sorted(f"{'.'.join(map(str, level.path(output_format='list')))}: {_pair(level)}" for level in levels))


def _pair(level: Any) -> str:
    return f"{_word(level.t1)} -> {_word(level.t2)}"


def _word(value: object) -> str:
    if value is None or type(value).__name__ == "NotPresent":
        return "(absent)"
    return str(value) if value != "" else "(no name)"


def _comparable(content: Content, other: Content, told: frozenset[str | None]) -> dict[str, Any]:
    """What makes a finding another one: not the words it is told in, nor that an environment has come or gone.

    One that has come counts where its name is one that nobody had before: `told` are those names, none for the earlier sight.
    """
    known = set(other["names"])
    names = {name: value for name, value in content["names"].items() if name in known or (told and value not in told)}
    differences = {
        what: {name: value for name, value in values.items() if name in known}
        for what, values in content.get("differences", {}).items()
    }
    candidates = {name: value for name, value in content.get("candidates", {}).items() if name in known}
    return {"names": names, "declared": content.get("declared"), "differences": differences, "candidates": candidates}
