"""An emit as JSON, version 1 (`namesync/schemas/emit-1.json`): for scripts, so its shape is its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from namesync import __version__
from namesync.emit.commands import Command
from namesync.emit.emission import Emission
from namesync.emit.files import MigrationFiles
from namesync.emit.runbook import Instructions
from namesync.model import Object
from namesync.plan import Blocked, Step
from namesync.render.json import environment_fields, key_fields
from namesync.report import EnvironmentSummary

FORMAT_VERSION = 1


def render(
    emission: Emission,
    folders: Sequence[MigrationFiles],
    runbook: Sequence[Instructions],
    *,
    environments: Sequence[EnvironmentSummary] = (),
    warnings: Sequence[str] = (),
    mentions: Sequence[str] = (),
    written: Sequence[str] = (),
    dry_run: bool = False,
) -> str:
    """The text of the JSON document, a line at its end."""
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "namesync", "version": __version__},
        "command": "emit",
        "mode": emission.request.mode.value,
        "authority": emission.request.authority,
        "convention": emission.request.profile.name,
        "dry_run": dry_run,
        "environments": [environment_fields(one) for one in environments],
        "schema_edits": _schema_edits(emission),
        "maps": [_object(obj) for obj in emission.maps],
        "migrations": [_migration(folder) for folder in folders],
        "runbook": {one.environment: _instructions(one) for one in runbook},
        "blocked": [
            {"environment": environment, **_blocked(one)} for environment, found in emission.blocked.items() for one in found
        ]
        + _unwritten(emission),
        "ignored": emission.request.ignored.findings,
        "hazards": [{"risk": hazard.risk.value, "message": hazard.message} for hazard in emission.hazards],
        "warnings": list(warnings),
        "mentions": list(mentions),
        "written": list(written),
    }
    return json.dumps(document, indent=2) + "\n"


def _schema_edits(emission: Emission) -> list[Mapping[str, Any]]:
    if emission.keep is None:
        return []
    changes = emission.keep.changes
    return [
        {
            "file": file.source.file,
            "diff": file.diff(),
            "changes": [
                {
                    **key_fields(change.object.key),
                    "before": change.before,
                    "after": change.after,
                    "line": change.object.location.line,
                }
                for change in changes
                if change.object.location is not None and change.object.location.file == file.source.file
            ],
        }
        for file in emission.keep.files
    ]


def _unwritten(emission: Emission) -> list[dict[str, Any]]:
    """What could not go into the schema: no environment is to blame."""
    if emission.keep is None:
        return []
    found = [
        {"environment": None, **_object(one.object), "wanted": one.object.name, "reason": one.reason}
        for one in emission.keep.unwritten
    ]
    for group in emission.keep.ambiguous:
        names = sorted(obj.name for obj in group.candidates.get("database", ()))
        reason = f"several objects are the same and can't be told apart: {', '.join(names)}"
        found.append({"environment": None, **key_fields(group.key), "name": None, "wanted": None, "reason": reason})
    return found


def _migration(folder: MigrationFiles) -> Mapping[str, Any]:
    return {
        "directory": folder.name,
        "present": folder.present,
        "sql": folder.sql,
        "down_sql": folder.files.get("down.sql", ""),
        "downs": {down.file: {"environments": list(down.databases), "sql": down.sql} for down in folder.downs if down.file},
        "steps": {environment: [_step(step) for step in plan.steps] for environment, plan in folder.migration.plans.items()},
    }


def _step(step: Step) -> Mapping[str, Any]:
    return {
        **key_fields(step.key),
        "from": step.old,
        "to": step.new,
        "why": step.why,
        "temporary": step.temporary,
        "hazards": [{"risk": hazard.risk.value, "message": hazard.message} for hazard in step.hazards],
    }


def _blocked(one: Blocked) -> Mapping[str, Any]:
    return {**_object(one.obj), "wanted": one.wanted or None, "reason": one.reason}


def _object(obj: Object) -> dict[str, Any]:
    return {**key_fields(obj.key), "name": obj.name}


def _instructions(one: Instructions) -> Mapping[str, Any]:
    return {
        "commands": [command(each) for each in one.commands],
        "never": [command(each) for each in one.never],
        "notes": list(one.notes),
    }


def command(one: Command) -> Mapping[str, str]:
    """A command, as every format has it."""
    return {"line": one.line, "why": one.why, "expect": one.expect}
