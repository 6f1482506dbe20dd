"""Reads sources into catalogs: one, or all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from namesync.convention import PROFILES, Profile
from namesync.errors import ConfigError, NamesyncError, SnapshotError, UsageError
from namesync.files import shown_path
from namesync.model import Catalog, Provider
from namesync.sources import snapshot
from namesync.sources.resolving import File, Form, Server, Source

if TYPE_CHECKING:
    from namesync.sources.server import Session

T = TypeVar("T")

WORKERS = 16
"""How many environments are read at once."""


def load(source: Source, profile: Profile = PROFILES["prisma"], *, like: Catalog | None = None) -> Catalog:
    """The catalog of one environment; `profile` names what a `schema.prisma` leaves unnamed.

    A migrations folder is replayed on a server as near as can be to that of `like`.

    Raises `ConnectionFailed`, `Unsupported`, `ConfigError`, `SnapshotError`, `SchemaError`, `MigrationError`; `UsageError`
    for a group.
    """
    if isinstance(source, Server):
        from namesync.sources import server

        if source.environment.group:
            raise UsageError(f"{source.name} is a group of environments, and one is wanted here")

        return server.read(
            source.target,
            schemas=source.schemas,
            connect_timeout_s=source.connect_timeout,
            statement_timeout_s=source.statement_timeout,
        )
    match source.form:
        case Form.SNAPSHOT:
            return _in_schemas(source, snapshot.parse(_text(source.path), str(source.path)))
        case Form.SCHEMA:
            from namesync.prisma.schema import load_schema

            return load_schema(shown_path(source.path)).within(source.schemas).catalog(profile)
        case Form.MIGRATIONS:
            from namesync.sources.replay import replay

            return replay(source.path, schemas=source.schemas, shadow=source.shadow, like=like)


def load_all(sources: Sequence[Source], profile: Profile = PROFILES["prisma"]) -> dict[str, Catalog | NamesyncError]:
    """Every environment by name, in the order given: its catalog, or why it could not be read. All are read at once.

    Migrations folders come last, since they are replayed on a server like those of the others. A group gives an environment
    for each of its members. Raises `UsageError` where they are of different providers, before a connection is made if that
    can be told before.
    """
    _require_one_family({one.name: one.target.provider_family for one in sources if isinstance(one, Server)})

    with ThreadPoolExecutor(WORKERS) as pool:
        sought = [entry for entries in pool.map(expanded, sources) for entry in entries]
        batches, others = _batched([one for one in sought if not _is_history(one[1])])
        together = pool.map(_outcomes, batches)
        outcomes = dict(pool.map(partial(_outcome, profile, None), others))
        for found in together:
            outcomes |= found
    if len(outcomes) < len(sought):
        outcomes |= _replayed([one for one in sought if _is_history(one[1])], profile, outcomes.values())
    _require_one_family({name: one.provider.family for name, one in outcomes.items() if isinstance(one, Catalog)})
    return {name: outcomes[name] for name, _ in sought}


def _is_history(source: Source | NamesyncError) -> bool:
    return isinstance(source, File) and source.form is Form.MIGRATIONS


def _replayed(
    histories: Sequence[tuple[str, Source | NamesyncError]], profile: Profile, others: Iterable[Catalog | NamesyncError]
) -> dict[str, Catalog | NamesyncError]:
    """In this thread: only the main one can see to it that a signal leaves no embedded server behind."""
    from namesync.sources.replay import nearest_like

    like = nearest_like(one for one in others if isinstance(one, Catalog))
    return dict(_outcome(profile, like, history) for history in histories)


def expanded(source: Source) -> list[tuple[str, Source | NamesyncError]]:
    """The source by its name, or a group's members by theirs; the error where they can't be found."""
    if isinstance(source, File) or not source.environment.group:
        return [(source.name, source)]
    from namesync.sources.group import members

    try:
        return [(member.name, member) for member in members(source)]
    except NamesyncError as error:
        return [(source.name, error)]


def ask_all(sources: Sequence[Source], question: Callable[[Server, Session], T]) -> dict[str, T | None]:
    """What each live environment answers, by name, in the order given; all are asked at once, over one connection each.

    None for a file, and where the question could not be answered. A group gives an entry for each of its members.
    """
    with ThreadPoolExecutor(WORKERS) as pool:
        sought = [entry for entries in pool.map(expanded, sources) for entry in entries]
        answers = list(pool.map(partial(_answer, question), (source for _, source in sought)))
    return {name: answer for (name, _), answer in zip(sought, answers, strict=True)}


def _answer(question: Callable[[Server, Session], T], source: Source | NamesyncError) -> T | None:
    from namesync.sources.server import session

    if not isinstance(source, Server):
        return None
    limits = {"connect_timeout_s": source.connect_timeout, "statement_timeout_s": source.statement_timeout}
    try:
        with session(source.target, **limits) as opened:
            return question(source, opened)
    except NamesyncError:
        return None


def _batched(
    entries: Sequence[tuple[str, Source | NamesyncError]],
) -> tuple[list[list[Server]], list[tuple[str, Source | NamesyncError]]]:
    """The environments that are schemas of one database, by database, and all others."""
    from namesync.sources.group import batches

    servers = [source for _, source in entries if isinstance(source, Server) and len(source.schemas) == 1]
    found = [batch for place in batches(servers) for batch in place if len(batch) > 1]
    names = {member.name for batch in found for member in batch}
    return found, [entry for entry in entries if entry[0] not in names]


def _outcomes(batch: Sequence[Server]) -> dict[str, Catalog | NamesyncError]:
    """What `_outcome` gives for each of a batch, over one connection."""
    from namesync.sources.group import read_batch
    from namesync.sources.server import session

    first = batch[0]
    limits = {"connect_timeout_s": first.connect_timeout, "statement_timeout_s": first.statement_timeout}
    found: dict[str, Catalog | NamesyncError] = {}
    try:
        with session(first.target, **limits) as opened:
            for member, one in read_batch(opened, batch):
                found[member.name] = one
    except NamesyncError as error:
        return {member.name: found.get(member.name, error) for member in batch}
    return found


def _outcome(
    profile: Profile, like: Catalog | None, entry: tuple[str, Source | NamesyncError]
) -> tuple[str, Catalog | NamesyncError]:
    name, source = entry
    if isinstance(source, NamesyncError):
        return name, source
    try:
        return name, load(source, profile, like=like)
    except NamesyncError as error:
        return name, error


def _require_one_family(families: Mapping[str, Provider]) -> None:
    if len(set(families.values())) > 1:
        raise UsageError(
            f"environments of different providers: {', '.join(f'{name} is {family}' for name, family in families.items())}",
            "Names compare within one provider; MySQL and MariaDB count as one.",
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SnapshotError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise SnapshotError(f"{path}: damaged snapshot: not UTF-8 (byte {error.start})") from None


def _in_schemas(source: File, have: Catalog) -> Catalog:
    """The snapshot cut down to the schemas in scope, as a live server would answer."""
    if not source.schemas:
        return have
    missing = [name for name in source.schemas if name not in have.schemas]
    if missing:
        raise ConfigError(
            f"{source.path}: no schema {', '.join(missing)} in this snapshot", f"It has: {', '.join(have.schemas)}"
        )
    return replace(
        have,
        schemas=source.schemas,
        tables=tuple(table for table in have.tables if table.ref.schema in source.schemas),
        objects=tuple(obj for obj in have.objects if obj.key.table.schema in source.schemas),
        taken=tuple(taken for taken in have.taken if taken.scope[1] in source.schemas),
        hidden=tuple(one for one in have.hidden if one.table is None or one.table.schema in source.schemas),
    )
