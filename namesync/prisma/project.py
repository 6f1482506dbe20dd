"""What a Prisma project says about its databases, as far as `namesync init` needs it. Files are read as text, never run."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

CONFIG_FILES = tuple(
    f"{folder}{stem}.{suffix}"
    for folder, stem in (("", "prisma.config"), (".config/", "prisma"))
    for suffix in ("ts", "mts", "cts", "js", "mjs", "cjs")
)
SCHEMA_PLACES = ("prisma/schema.prisma", "schema.prisma", "prisma/schema", "prisma")

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ENTRY = r"""\b{name}\b\s*[:=]\s*(?:\w+\(\s*)?(?:process\.env\.(?P<bare>\w+)|["'`](?P<text>[^"'`\n]*)["'`])"""
_VARIABLE = re.compile(r"^(?:(?P<before>[A-Z][A-Z0-9_]*)_)?DATABASE_URL(?:_(?P<after>[A-Z0-9_]+))?$")
_NO_ENVIRONMENT = re.compile(r"SHADOW")


@dataclass(frozen=True, slots=True)
class Project:
    """`schema` is the schema's path below the project, "" where none is found; `variables` are those that
    may hold the database's URL, the best first. `file_url` is the URL itself where it is a SQLite file, which is no secret.
    """

    schema: str = ""
    provider: str = ""
    variables: tuple[str, ...] = ()
    file_url: str = ""


def read_project(root: Path) -> Project:
    """The Prisma project in the folder `root`."""
    config = next((_COMMENT.sub("", _text(root / name)) for name in CONFIG_FILES if (root / name).is_file()), "")
    schema = _schema(root, config)
    text = _COMMENT.sub("", "\n".join(map(_text, _files(root / schema)))) if schema else ""
    datasource = re.search(r"\bdatasource\b[^{]*\{[^}]*\}", text)
    block = datasource[0] if datasource else ""
    urls = _urls(block) or _urls(config)
    variables = tuple(url for url in urls if not url.startswith("file:"))
    file_url = next((url for url in urls if url not in variables), "")
    return Project(schema, _entry("provider", block).get("text") or "", variables, file_url)


def environments(project: Project, variables: Collection[str]) -> Mapping[str, str]:
    """Environment -> the variable that holds its URL, or a SQLite URL; `prod` first, found or not.

    `PROD_DATABASE_URL` and `DATABASE_URL_PROD` tell their environment; the project's own URL is that of development.
    """
    found: dict[str, str] = {"prod": "PROD_DATABASE_URL"}
    for variable in sorted(variables):
        match = _VARIABLE.match(variable)
        name = (match["before"] or match["after"] or "").lower() if match else ""
        if name and not _NO_ENVIRONMENT.search(variable):
            found["prod" if name == "production" else name] = variable
    candidates = project.variables or ("DATABASE_URL",)
    own = project.file_url or next((name for name in candidates if name in variables), candidates[-1])
    if own not in found.values():
        found["local" if "dev" in found else "dev"] = own
    return found


def _schema(root: Path, config: str) -> str:
    """Where Prisma would look for the schema: package.json, prisma.config.*, the usual places."""
    try:
        manifest = json.loads(_text(root / "package.json") or "{}")
    except ValueError:
        manifest = {}
    section = manifest.get("prisma") if isinstance(manifest, dict) else None
    told = section.get("schema") if isinstance(section, dict) else None
    places = [place for place in (told, _entry("schema", config).get("text")) if isinstance(place, str)]
    return next((place for place in (*places, *SCHEMA_PLACES) if _files(root / place)), "").removeprefix("./")


def _files(path: Path) -> list[Path]:
    if path.is_file() and path.suffix == ".prisma":
        return [path]
    return sorted(path.rglob("*.prisma")) if path.is_dir() else []


def _urls(text: str) -> tuple[str, ...]:
    """Variables and SQLite URLs of a datasource; the direct one first, which leads past a pooler or a proxy."""
    entries = [_entry(name, text) for name in ("directUrl", "url")]
    words = [entry.get("bare") or entry.get("text") or "" for entry in entries]
    return tuple(word for word in words if re.fullmatch(r"\w+|file:.*", word))


def _entry(name: str, text: str) -> Mapping[str, str | None]:
    match = re.search(_ENTRY.format(name=name), text)
    return match.groupdict() if match else {}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
