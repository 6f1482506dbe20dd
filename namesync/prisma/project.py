"""What a Prisma project says about its databases, as far as `namesync init` and runbooks need it. Nothing of it is run."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from namesync.errors import NamesyncError
from namesync.prisma.config_file import datasource_urls
from namesync.prisma.datasource import datasource_of
from namesync.prisma.discover import config_file, config_text, find_schema
from namesync.prisma.parser import parse
from namesync.prisma.schema import schema_files
from namesync.prisma.source import read_source
from namesync.prisma.syntax import Call, Document, Text

_VARIABLE = re.compile(r"^(?:(?P<before>[A-Z][A-Z0-9_]*)_)?DATABASE_URL(?:_(?P<after>[A-Z0-9_]+))?$")
_NO_ENVIRONMENT = re.compile(r"SHADOW")
_FILE_URL = re.compile(r"file:(?!//[^/]*@)[^?]*")  # no user, no parameter: these may hold a secret


@dataclass(frozen=True, slots=True)
class Project:
    """`schema` is the schema's path from the project, "" where none is found; `variables` are those that may hold the
    database's URL, the best first. `file_url` is the URL itself where it is a SQLite file, which is no secret. `problem` is why
    the schema could not be found or read, None where it could.
    """

    schema: str = ""
    provider: str = ""
    variables: tuple[str, ...] = ()
    file_url: str = ""
    problem: NamesyncError | None = None


def read_project(root: Path, parsed: Mapping[Path, Sequence[Document]] | None = None) -> Project:
    """The Prisma project in the folder `root`; what its `prisma.config.ts` says of URLs overrides the schema, as for Prisma.

    `parsed`: schemas that have been read already, by absolute path.
    """
    config = config_file(root)
    urls = datasource_urls(config_text(config)) if config else ()
    schema, provider, problem = "", "", None
    try:
        if found := find_schema(root):
            schema = PurePath(os.path.relpath(found, root)).as_posix()
            documents = (parsed or {}).get(found.absolute()) or tuple(
                parse(read_source(file, os.path.relpath(file, root))) for file in schema_files(found)
            )
            urls = urls or _urls(documents)
            provider = datasource_of(documents).provider.value
    except NamesyncError as error:
        problem = error
    variables = tuple(url for url in urls if not url.startswith("file:"))
    file_url = next((url for url in urls if url not in variables), "")
    return Project(schema, provider, variables, file_url, problem)


def _urls(documents: Iterable[Document]) -> tuple[str, ...]:
    """Variables and SQLite URLs of the datasource; the direct one first, which leads past a pooler or a proxy."""
    blocks = [block for document in documents for block in document.blocks if block.keyword == "datasource"]
    values = {setting.name: setting.value for block in blocks for setting in block.settings}
    told = []
    for value in (values.get("directUrl"), values.get("url")):
        if isinstance(value, Call) and value.name == "env":
            told += [argument.value.value for argument in value.arguments if isinstance(argument.value, Text)]
        elif isinstance(value, Text) and (found := _FILE_URL.match(value.value)):
            told.append(found[0])
    return tuple(told)


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
