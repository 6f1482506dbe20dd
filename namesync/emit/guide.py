"""The runbook of an emit: the situation of every environment, worked out from its catalog, its ledger and the plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from namesync.emit.commands import Prisma, Project
from namesync.emit.emission import Emission
from namesync.emit.files import MigrationFiles
from namesync.emit.goals import Emitted, unmet
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
) -> tuple[Instructions, ...]:
    """What to type in each environment, in their order; `variables`: environment -> the variable that holds its URL;
    `emitted`: the migrations of the history that namesync wrote."""
    names = {folder.name for folder in folders}
    before = [one for one in history if one.name not in names]
    gone = {environment: _gone(emission, environment) for environment in catalogs}
    found: list[Instructions] = []
    told = False
    for environment, catalog in catalogs.items():
        here = {obj.name for obj in catalog.objects}
        elsewhere = {name for other, names in gone.items() if other != environment for name in names}
        situation = Situation(
            environment,
            variables.get(environment, ""),
            ledgers.get(environment),
            {folder.name: _count(folder, environment) for folder in folders},
            gone[environment],
            frozenset(elsewhere - here),
            first=not told,
            empty=not catalog.tables,
        )
        told |= situation.unrecorded
        run = {one.name for one in emitted if unmet(one.goals, catalog)}
        one = instructions(situation, project, before, run)
        moved = Prisma(environment, "", project).moved(sorted(names)) if not found else []
        found.append(replace(one, commands=(*moved, *one.commands)))
    return tuple(found)


def _count(folder: MigrationFiles, environment: str) -> int:
    """How many names are not what the migration makes elsewhere; those too that it can't change here."""
    plan = folder.migration.plans[environment]
    made = {goal.key for goal in folder.goals}
    return sum(not step.temporary for step in plan.steps) + sum(one.obj.key in made for one in plan.blocked)


def _gone(emission: Emission, environment: str) -> frozenset[str]:
    steps = [step for one in emission.migrations for step in one.plans[environment].steps]
    return frozenset(step.old for step in steps) - {step.new for step in steps}
