"""The runbook of a fleet: members of a group that are to type the same get one loop over them instead of a page each."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from namesync.emit.commands import Command
from namesync.emit.runbook import Instructions

VARIABLE = "member"
"""What the loop's variable is called; the URLs of a group's members are written with it."""


@dataclass(frozen=True, slots=True)
class Member:
    """An environment that is one of a group: the group's name, and the schema or database it is."""

    group: str
    name: str


def schema_url(variable: str, url: str, member: str) -> str:
    """The URL of one schema, as a shell puts it together: the group's, which is in `variable`, with another `schema`.

    `url` is the group's, looked at for the parameters it has; nothing of it is in the answer.
    """
    _, mark, query = url.partition("?")
    if not mark:
        return f"${{{variable}}}?schema={member}"
    if not any(part.startswith("schema=") for part in query.split("&")):
        return f"${{{variable}}}&schema={member}"
    return f'$(printf %s "${variable}" | sed "s/schema=[^&]*/schema={member}/")'


def database_url(variable: str, member: str) -> str:
    """The URL of one database, as a shell puts it together: the group's, which is in `variable`, with another path."""
    return f'$(printf %s "${variable}" | sed -E "s#^([a-z]+://[^/]*/)[^?]*#\\1{member}#")'


def looped(runbook: Sequence[Instructions], members: Mapping[str, Member]) -> tuple[Instructions, ...]:
    """The runbook with the members of each group gathered by what they have to type, in the order they first come.

    A group's commands are expected to be written with `$member` where a member's name goes into its URL.
    """
    plain: list[Instructions] = []
    alike: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Instructions]] = {}
    for one in runbook:
        member = members.get(one.environment)
        if member is None:
            plain.append(one)
        else:
            lines = tuple(command.line for command in one.commands)
            alike.setdefault((member.group, lines, one.notes), []).append(one)
    totals = {group: sum(member.group == group for member in members.values()) for group, *_ in alike}
    return (*plain, *(_loop(group, totals[group], ones, members) for (group, *_), ones in alike.items()))


def _loop(group: str, total: int, alike: Sequence[Instructions], members: Mapping[str, Member]) -> Instructions:
    first = alike[0]
    names = shlex.join(quote(members[one.environment].name, safe="") for one in alike)
    return replace(
        first,
        environment=f"{group}: {len(alike)} of {total}",
        commands=tuple(_over(names, command, first.environment) for command in first.commands),
        never=tuple(replace(command, why=command.why.replace(first.environment, "each of them")) for command in first.never),
    )


def _over(names: str, command: Command, environment: str) -> Command:
    why = command.why.replace(environment, "each of them")
    if f"${VARIABLE}" not in command.line and f"={VARIABLE}" not in command.line:
        return replace(command, why=why)
    return replace(command, line=f"for {VARIABLE} in {names}; do {command.line} || break; done", why=why)
