"""The runbook of an emit: the situation of every environment, worked out from its catalog, its ledger and the plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from namesync.emit.commands import Prisma, Project
from namesync.emit.emission import Emission
from namesync.emit.files import MigrationFiles
from namesync.emit.goals import Emitted, left
from namesync.emit.loops import Member, looped
from namesync.emit.runbook import Instructions, Situation, instructions
from namesync.model import Catalog
from namesync.prisma.migrations import Ledger, Migration


def runbook(
    emission: Emission,
    folders: Sequence[MigrationFiles],
    catalogs: Mapping[str, Catalog],
    ledgers: Mapping[str, Ledger | None],
    variables: Mapping[str, str],
    project: Project,
    history: Sequence[Migration],
    emitted: Sequence[Emitted] = (),
    members: Mapping[str, Member] | None = None,
) -> tuple[Instructions, ...]:
    """What to type in each environment, in their order; `variables`: environment -> the variable that holds its URL;
    `emitted`: the migrations of the history that namesync wrote; `members`: those environments that are one of a group."""
    names = {folder.name for folder in folders}
    ours = {one.name: one for one in (*emitted, *(Emitted(folder.name, folder.goals) for folder in folders))}
    in_order = [ours[name] for name in sorted(ours)]
    before = [one for one in history if one.name not in names]
    gone = {environment: names_gone(emission, environment) for environment in catalogs}
    found: list[Instructions] = []
    told = False
    for environment, catalog in catalogs.items():
        here = {obj.name for obj in catalog.objects}
        elsewhere = {name for other, olds in gone.items() if other != environment for name in olds}
        missing = left(in_order, catalog, ledgers.get(environment))
        situation = Situation(
            environment,
            variables.get(environment, ""),
            ledgers.get(environment),
            {name: len(goals) for name, goals in missing.items() if name in names},
            gone[environment],
            frozenset(elsewhere - here),
            first=not told,
            empty=not (catalog.tables or catalog.unseen),
            partly=bool(catalog.unseen),
        )
        told |= situation.unrecorded
        one = instructions(situation, project, before, run={name for name, goals in missing.items() if goals})
        moved = Prisma(environment, "", project).moved(sorted(names)) if not found else []
        found.append(replace(one, commands=(*moved, *one.commands)))
    return looped(found, members or {})


def names_gone(emission: Emission, environment: str) -> frozenset[str]:
    """The names that no object has in an environment once the emitted migrations have run."""
    plans = [one.plans[environment] for one in emission.migrations if environment in one.plans]
    steps = [step for plan in plans for step in plan.steps]
    return frozenset(step.old for step in steps) - {step.new for step in steps}
