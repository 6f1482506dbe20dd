"""Baselines: today's findings, accepted, in a file that is read in review. What is in one fails no run; more than that does.

A finding is known by its fingerprint, which is made of its rule and its object; that it is still as it was accepted is told by
a digest of the names and all else in it that could change. Rule, table and names stand in the file for who reads it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from namesync import __version__
from namesync.errors import ConfigError
from namesync.files import json_of, write_whole
from namesync.report import Finding

FORMAT_VERSION = 1

Ident = tuple[str, str]
"""Subject ("" for environments compared with each other, else the member of a group) and fingerprint."""

Baseline = Mapping[Ident, str]
"""What is accepted -> its digest."""

_FACTS = ("names", "declared", "candidates", "differences")
"""What in a finding can change while its fingerprint stays."""


class Acceptable(Protocol):
    """A finding that can be accepted: whose it is ("" where environments are compared with each other), and what it says as
    `--format json` has it."""

    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def content(self) -> Mapping[str, Any]: ...  # noqa: D102


class Entry(NamedTuple):
    """A finding of a comparison."""

    subject: str
    content: Mapping[str, Any]


def entry(finding: Finding) -> Entry:
    """A finding with the part of its content that baselines are about."""
    content = {
        "rule": finding.rule.value,
        "table": finding.key.table.name,
        "fingerprint": finding.fingerprint,
        "names": dict(finding.names),
        "declared": finding.declared,
        "candidates": {environment: list(names) for environment, names in finding.candidates.items()},
        "differences": {what: dict(values) for what, values in finding.differences.items()},
    }
    return Entry("", content)


def read_baseline(path: Path) -> dict[Ident, str]:
    """What a file accepts. Raises `ConfigError` for one that can't be read, is damaged, or is of a newer format."""
    again = "Make it again with --write-baseline FILE."
    try:
        document = json_of(path.read_text(encoding="utf-8-sig"))
        version = document["format_version"]
        if version != FORMAT_VERSION:
            newer = isinstance(version, int) and version > FORMAT_VERSION
            hint = "Upgrade namesync." if newer else again
            raise ConfigError(f"{path}: a baseline of format {version}, and this namesync knows {FORMAT_VERSION}", hint)
        return {(str(one["subject"]), str(one["fingerprint"])): str(one["digest"]) for one in document["accepted"]}
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}", again) from None
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{path}: no baseline of namesync, or a damaged one", again) from None


def write_baseline(path: Path, found: Iterable[Acceptable]) -> None:
    """Accept these findings. The same findings give the same bytes. Raises `UsageError` where it can't be written."""
    accepted = [
        {
            **{fact: one.content[fact] for fact in ("rule", "table", "names")},
            "subject": one.subject,
            "fingerprint": one.content["fingerprint"],
            "digest": digest(one.content),
        }
        for one in sorted(found, key=_order)
    ]
    document = {"format_version": FORMAT_VERSION, "tool": {"name": "namesync", "version": __version__}, "accepted": accepted}
    write_whole(path, json.dumps(document, indent=2) + "\n", overwrite=True)


def accepts(baseline: Baseline, one: Acceptable) -> bool:
    """Whether the finding is accepted as it is now; one that changed since is more than was accepted."""
    return baseline.get(_ident(one)) == digest(one.content)


def _order(one: Acceptable) -> tuple[str, ...]:
    """By table, for who reads the file."""
    return one.subject, one.content["table"], one.content["rule"], one.content["fingerprint"]


def _ident(one: Acceptable) -> Ident:
    return one.subject, one.content["fingerprint"]


def digest(content: Mapping[str, Any]) -> str:
    """A digest of what a finding says, apart from its words."""
    facts = {fact: content.get(fact) or None for fact in _FACTS}
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
