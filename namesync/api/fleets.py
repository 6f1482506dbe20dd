"""Which environments are members of a group, and how a shell writes their URLs."""

from __future__ import annotations

import os
from collections.abc import Mapping

from namesync.api.workspace import Workspace
from namesync.config.variables import read_variables
from namesync.emit.loops import VARIABLE, Member, database_url, schema_url
from namesync.sources import Server
from namesync.sources.secret import url_of


def group_members(space: Workspace) -> dict[str, Member]:
    """Environment -> its group and its own name in it, for those that are members of one."""
    groups = [source.name for source in space.sources if isinstance(source, Server) and source.environment.group]
    found = {}
    for name in space.outcomes:
        for group in groups:
            if name.startswith(f"{group}/"):
                found[name] = Member(group, name.removeprefix(f"{group}/"))
    return found


def member_urls(space: Workspace, members: Mapping[str, Member], variables: Mapping[str, str]) -> dict[str, str]:
    """Member -> its URL as a shell puts it together in a loop, where `variables` has one for its group."""
    known = read_variables(os.environ, space.configuration.root)
    urls: dict[str, str] = {}
    for source in space.sources:
        if not isinstance(source, Server) or not source.environment.group or source.environment.each_url:
            continue
        variable = variables.get(source.name)
        if not variable:
            continue
        if source.environment.each_database:
            url = database_url(variable, f"${VARIABLE}")
        else:
            url = schema_url(variable, url_of(source.environment, known, space.configuration.root), f"${VARIABLE}")
        urls |= {name: url for name, member in members.items() if member.group == source.name}
    return urls
