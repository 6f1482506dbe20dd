"""A plan tried for real: the scripts on a skeleton of each environment, there and back, all names compared after each.

Values in, problems out; what is made for it is dropped again.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from namesync.dialects import parse_version
from namesync.emit.files import MigrationFiles
from namesync.emit.skeleton import skeleton
from namesync.emit.skeleton.structure import Lens
from namesync.errors import MigrationError, Unsupported
from namesync.model import KIND_WORDS, Catalog, Key, Provider
from namesync.plan import Guard
from namesync.sources.scratch import Scratch, run_cut, run_script, scratch
from namesync.sources.server import Session, read_catalog, session
from namesync.sources.url import Target

_SHOWN = 5  # differences in one message


@dataclass(frozen=True, slots=True)
class Script:
    """One emitted migration: its SQL, and environment -> the way back, for those that have one.

    `guarded`: it may be run again, and then changes nothing. `reshapes`: it does more than rename, so that from then on only
    names can be compared.
    """

    name: str
    up: str
    downs: Mapping[str, str] = field(default_factory=dict)
    guarded: bool = False
    reshapes: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What one environment plays: how it is now, and how it should be after each of the scripts, in their order.

    Scripts that are `skipped` are only recorded there (`migrate resolve --applied`), never run. `shadow` is the scratch
    server, None for the embedded PostgreSQL or a SQLite file.
    """

    now: Catalog
    after: tuple[Catalog, ...]
    skipped: frozenset[str] = frozenset()
    shadow: Target | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong in an environment, and in which step; what comes after it there was not tried."""

    environment: str
    step: str
    what: str

    def __str__(self) -> str:
        return f"{self.environment}: {self.step}: {self.what}"


def cast(
    catalogs: Mapping[str, Catalog], folders: Sequence[MigrationFiles], shadows: Mapping[str, Target | None]
) -> tuple[dict[str, Part], tuple[Script, ...]]:
    """The parts and the scripts of an emit: `catalogs` are all that took part, the replayed history among them.

    Every script is to be right everywhere, so none is skipped, also where the runbook only records it.
    """
    parts = {
        environment: Part(
            now, tuple(folder.migration.after[environment] for folder in folders), shadow=shadows.get(environment)
        )
        for environment, now in catalogs.items()
    }
    return parts, tuple(map(_script, folders))


def _script(folder: MigrationFiles) -> Script:
    downs = {environment: down.sql for down in folder.downs for environment in down.environments}
    guarded = all(change.guard is not Guard.PLAIN for change in folder.migration.changes)
    return Script(folder.name, folder.sql, downs, guarded, reshapes=bool(folder.migration.texts))


def rehearse(parts: Mapping[str, Part], scripts: Sequence[Script], *, cut: bool = False) -> tuple[Problem, ...]:
    """Run the scripts in every environment, then the ways back in reverse order; the problems met, () where all is well.

    Names are compared after each script, and that nothing else has changed. Guarded scripts are run twice. `cut`: on
    PostgreSQL scripts are run as Prisma's driver adapters do, cut at every `;`.

    Raises Unsupported where an environment can't be rebuilt or has no scratch server, ConnectionFailed.
    """
    together: dict[object, list[str]] = defaultdict(list)
    for environment, part in parts.items():
        place = None if part.shadow is None else part.shadow.url
        together[place, part.now.provider, parse_version(part.now.server_version)[:1]].append(environment)
    found: dict[str, Problem | None] = {}
    for environments in together.values():
        first = parts[environments[0]]
        with scratch(first.now.provider, first.now.server_version, first.shadow) as server:
            for environment in environments:
                found[environment] = _problem(server, environment, parts[environment], scripts, cut)
    return tuple(problem for environment in parts if (problem := found[environment]) is not None)


def _problem(server: Scratch, environment: str, part: Part, scripts: Sequence[Script], cut: bool) -> Problem | None:
    with server.database() as target, session(target) as opened:
        rehearsal = _Rehearsal(environment, part, opened, cut)
        try:
            rehearsal.run(scripts)
        except (_Unlike, MigrationError) as error:
            return Problem(environment, rehearsal.step, str(error))
    return None


class _Unlike(Exception):  # noqa: N818 - never leaves this module
    """The database is not as it should be."""


class _Rehearsal:
    """One environment's, in an empty database; `step` is what is being tried."""

    def __init__(self, environment: str, part: Part, opened: Session, cut: bool) -> None:
        postgresql = opened.provider is Provider.POSTGRESQL
        schemas = tuple(filter(None, part.now.schemas)) if postgresql else ()
        self.environment = environment
        self.part = part
        self.opened = opened
        # Prisma puts the schema of the URL first in the search path, and scripts for one schema do not name it.
        self.target = replace(opened.target, schema=schemas[0]) if len(schemas) == 1 else opened.target
        self.schemas = schemas
        self.run_script = run_cut if cut and postgresql else run_script
        self.reshaped = False
        self.step = "the skeleton"
        self.built = self._build()
        self.lens = Lens(part.now, self.built)

    def run(self, scripts: Sequence[Script]) -> None:
        """Raises _Unlike or MigrationError in the step that goes wrong."""
        states = (self.part.now, *self.part.after)
        self._expect(states[0])
        for number, script in enumerate(scripts):
            self.step = script.name
            if script.name not in self.part.skipped:
                self.run_script(self.target, script.up)
                self.reshaped |= script.reshapes
            self._expect(states[number + 1])
            if script.guarded and script.name not in self.part.skipped:
                self.step = f"{script.name}, run again"
                self.run_script(self.target, script.up)
                self._expect(states[number + 1])
        for number, script in reversed(list(enumerate(scripts))):
            self.step = f"the way back from {script.name}"
            if script.name not in self.part.skipped and self.environment in script.downs:
                self.run_script(self.target, script.downs[self.environment])
            self._expect(states[number])

    def _build(self) -> Catalog:
        try:
            run_script(self.target, skeleton(self.part.now))
        except MigrationError as error:
            raise Unsupported(
                f"{self.environment} can't be rebuilt for a rehearsal: {error.what}",
                "Set its `shadow_url` to a server of the same kind and version, or do without the rehearsal.",
            ) from None
        return self._read()

    def _read(self) -> Catalog:
        return read_catalog(self.opened, self.schemas)

    def _expect(self, state: Catalog) -> None:
        now = self._read()
        wanted, found = self.lens.names(state), self.lens.names(now)
        if wanted != found:
            raise _Unlike(_differences(wanted, found))
        if self.reshaped:
            return
        for what, see in (("definitions", self.lens.definitions), ("other names", lambda catalog: Counter(catalog.taken))):
            if see(now) != see(self.built):
                raise _Unlike(f"the {what} are not what they were")


def _differences(wanted: Counter[tuple[Key, str]], found: Counter[tuple[Key, str]]) -> str:
    """Each key with the names it has and those it should have."""
    keys = sorted({key for key, _ in (wanted - found) + (found - wanted)}, key=lambda key: key.sort_key)
    lines = [
        f"the {KIND_WORDS[key.kind]} of {key.table.name} on ({', '.join(key.columns)}) is called {_named(found - wanted, key)}"
        f" instead of {_named(wanted - found, key)}"
        for key in keys[:_SHOWN]
    ]
    return "; ".join(lines + [f"and {len(keys) - _SHOWN} more"] * (len(keys) > _SHOWN))


def _named(names: Counter[tuple[Key, str]], key: Key) -> str:
    return " and ".join(repr(name) for own, name in sorted(names.elements(), key=lambda one: one[1]) if own == key) or "nothing"
