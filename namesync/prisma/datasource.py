"""The datasource of a schema: which database, which of its schemas, whether it has foreign keys at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from namesync.errors import SchemaError
from namesync.model import Provider
from namesync.prisma.source import Source
from namesync.prisma.syntax import Array, Block, Document, Setting, Text

_PROVIDERS = {
    "postgresql": Provider.POSTGRESQL,
    "postgres": Provider.POSTGRESQL,
    "mysql": Provider.MYSQL,
    "sqlite": Provider.SQLITE,
}
_UNSUPPORTED = frozenset({"sqlserver", "cockroachdb", "mongodb"})
_RELATION_MODES = ("foreignKeys", "prisma")
_PROPERTIES = frozenset(
    {"provider", "url", "directUrl", "shadowDatabaseUrl", "relationMode", "referentialIntegrity", "schemas", "extensions"}
)


@dataclass(frozen=True, slots=True)
class Datasource:
    """`schemas` is () where it lists none; `foreign_keys` is False with `relationMode = "prisma"`. MariaDB is `mysql` here."""

    name: str
    provider: Provider
    schemas: tuple[str, ...]
    foreign_keys: bool


def datasource_of(documents: Iterable[Document]) -> Datasource:
    """The one datasource of a schema; raises SchemaError where there is none, or more than one."""
    documents = tuple(documents)
    found = [(document.source, block) for document in documents for block in document.blocks if block.keyword == "datasource"]
    if not found:
        message = "there is no datasource block, which says the provider"
        raise SchemaError(
            message, file=documents[0].source.file, line=1, column=1, hint="where it has several files, name their folder"
        )
    source, block = found[0]
    if len(found) > 1:
        other, again = found[1]
        first = source.location(block.start)
        raise other.error(f"a second datasource, the first is at {first.file}:{first.line}: Prisma knows one", again.start)
    return _read(source, block)


def _read(source: Source, block: Block) -> Datasource:
    settings: dict[str, Setting] = {}
    for setting in block.settings:
        if setting.name not in _PROPERTIES:
            raise source.error(f"a datasource does not know the property {setting.name}", setting.start)
        if setting.name in settings:
            raise source.error(f"the datasource sets {setting.name} twice", setting.start)
        settings[setting.name] = setting
    if "provider" not in settings:
        raise source.error("the datasource lacks its provider", block.start)
    mode = settings.get("relationMode") or settings.get("referentialIntegrity")
    return Datasource(
        block.name,
        _provider(source, settings["provider"]),
        _schemas(source, settings["schemas"]) if "schemas" in settings else (),
        mode is None or _text(source, mode, _RELATION_MODES) == "foreignKeys",
    )


def _provider(source: Source, setting: Setting) -> Provider:
    name = _text(source, setting)
    if name in _PROVIDERS:
        return _PROVIDERS[name]
    known = "namesync reads postgresql, mysql (MariaDB too) and sqlite"
    what = f"{name} is not supported" if name in _UNSUPPORTED else f"unknown provider {name!r}"
    raise source.error(what, setting.value.start, known)


def _schemas(source: Source, setting: Setting) -> tuple[str, ...]:
    items = setting.value.items if isinstance(setting.value, Array) else (setting.value,)
    names = [item.value for item in items if isinstance(item, Text)]
    if not names or len(names) < len(items):
        _refuse(source, setting, "must list names in double quotes")
    if len(set(names)) < len(names):
        _refuse(source, setting, "lists a name twice")
    return tuple(names)


def _text(source: Source, setting: Setting, known: tuple[str, ...] = ()) -> str:
    if not isinstance(setting.value, Text):
        _refuse(source, setting, "must be a string in double quotes")
    if known and setting.value.value not in known:
        _refuse(source, setting, f"must be one of {', '.join(known)}")
    return setting.value.value


def _refuse(source: Source, setting: Setting, what: str) -> NoReturn:
    raise source.error(f"{setting.name} {what}", setting.value.start)
