"""Finds a project's schema as Prisma finds it.

In Prisma's own order (6.19's `getSchemaWithPath`): the `schema` of `prisma.config.ts` and its like, which overrides that of
`package.json`, then the default places. `prisma/schema/`, the folder that Prisma's guides use, comes last.
"""

from __future__ import annotations

from collections.abc import Iterator
from os.path import exists, isdir, isfile  # False, and no error, for what can be no path
from pathlib import Path
from typing import Any

from namesync.errors import ConfigError
from namesync.files import json_of
from namesync.prisma.config_file import migrations_entry, schema_entry

_EXTENSIONS = ("js", "ts", "mjs", "cjs", "mts", "cts")
_CONFIGS = ("prisma.config", ".config/prisma", ".config/prisma.config")
_DEFAULTS = ("schema.prisma", "prisma/schema.prisma", "prisma/schema")


def find_schema(folder: Path) -> Path | None:
    """The schema (a file or a folder of them) of the project in `folder`, None where there is none.

    Raises ConfigError for a configuration that names a schema which is not there, or can't be read without running it.
    """
    for file, named in _named(folder):
        path = file.parent / named
        if not exists(path):
            raise ConfigError(f"{file} names the schema {named}, which is not there", "Mend it, or name another with --schema.")
        return path
    places = (folder / place for place in _DEFAULTS)
    return next((place for place in places if _is_schema(place)), None)


def find_migrations(folder: Path, schema: Path | None) -> Path:
    """The migrations folder of the project in `folder`, there or not: what `prisma.config.ts` says, else beside the schema.

    Raises ConfigError for a configuration that can't be read without running it.
    """
    config = config_file(folder)
    entry = migrations_entry(config_text(config), str(config)) if config else None
    if config is not None and entry is not None:
        return config.parent / entry
    if schema is None:
        return folder / "prisma" / "migrations"
    inside = schema / "migrations"
    return inside if isdir(inside) else schema.parent / "migrations"


def config_file(folder: Path) -> Path | None:
    """The `prisma.config.ts`, or what else Prisma takes for it, of the project in `folder`; None where there is none."""
    files = (folder / f"{name}.{extension}" for name in _CONFIGS for extension in _EXTENSIONS)
    return next((file for file in files if file.is_file()), None)


def config_text(file: Path) -> str:
    """The text of a configuration, whatever bytes are in it. Raises ConfigError where it can't be read."""
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as reason:
        raise ConfigError(f"{file} can't be read: {reason.strerror}") from None


def _named(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files that name a schema, and what they name."""
    config = config_file(folder)
    if config is not None:
        entry = schema_entry(config_text(config), str(config))
        if entry is not None:
            yield config, entry
    for place in (folder, *folder.resolve().parents):
        manifest = place / "package.json"
        if manifest.is_file():
            entry = _json(manifest).get("prisma", {}).get("schema")
            if isinstance(entry, str) and entry:
                yield manifest, entry
            return


def _is_schema(place: Path) -> bool:
    return isfile(place) or (isdir(place) and next(place.rglob("*.prisma"), None) is not None)


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json_of(path.read_text(encoding="utf-8-sig"))
    except OSError as reason:
        raise ConfigError(f"{path} can't be read: {reason.strerror}") from None
    except ValueError as reason:
        raise ConfigError(f"{path} is no JSON: {reason}") from reason
    return content if isinstance(content, dict) and isinstance(content.get("prisma", {}), dict) else {}
