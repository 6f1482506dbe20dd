"""What `prisma migrate diff --from-empty` says of keys and indexes, and what it should say for a catalog.

Statements are compared as Prisma writes them: it does not escape quotes in names, so neither does this.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from namesync.model import Catalog, Kind, Object, Provider, TableRef

_OURS = re.compile(
    r"""^(?:CREATE\ (?:UNIQUE\ )?INDEX\ .*?;$
    |ALTER\ TABLE\ .*?;$
    |\ {4}CONSTRAINT\ ".*?,?$
    |\ {4}PRIMARY\ KEY\ \(.*?\),?$)""",
    re.MULTILINE | re.VERBOSE,
)


def statements(ddl: str) -> Counter[str]:
    """The statements and clauses of a script that make keys and indexes.

    Left out: ASC, which says nothing; the names of foreign keys in a CREATE TABLE, which SQLite does not keep.
    """
    found = (match[0].strip(" ,").replace('" ASC', '"') for match in _OURS.finditer(ddl))
    return Counter(re.sub(r'^CONSTRAINT ".*" (?=FOREIGN KEY)', "", text) for text in found)


def declared_statements(catalog: Catalog) -> Counter[str]:
    """Those that Prisma would write for a declared catalog."""
    return Counter(text for obj in catalog.objects for text in _statement(obj, catalog.provider))


def _statement(obj: Object, provider: Provider) -> Iterator[str]:
    key, sqlite = obj.key, provider is Provider.SQLITE
    columns = _listed(key.columns)
    if key.kind is Kind.PRIMARY_KEY:
        if not sqlite:
            yield f'CONSTRAINT "{obj.name}" PRIMARY KEY ({",".join(columns)})'
        elif len(columns) > 1:  # else it stands at the column
            yield f"PRIMARY KEY ({', '.join(columns)})"
    elif key.references is not None:
        target = f"{_table(key.references.table)}{' ' if sqlite else ''}({', '.join(_listed(key.references.columns))})"
        actions = f"ON DELETE {obj.definition.on_delete} ON UPDATE {obj.definition.on_update}"
        clause = f"FOREIGN KEY ({', '.join(columns)}) REFERENCES {target} {actions}"
        yield clause if sqlite else f'ALTER TABLE {_table(key.table)} ADD CONSTRAINT "{obj.name}" {clause};'
    else:
        method = obj.definition.method
        using = "" if method == "btree" else f"USING {method.upper()} "
        parts = [
            column + (" DESC" if part.descending else "") for column, part in zip(columns, obj.definition.parts, strict=True)
        ]
        unique = "UNIQUE " if key.kind is Kind.UNIQUE else ""
        yield f'CREATE {unique}INDEX "{obj.name}" ON {_table(key.table)}{" " if using else ""}{using}({", ".join(parts)});'


def _listed(columns: tuple[str, ...]) -> list[str]:
    return [f'"{column}"' for column in columns]


def _table(table: TableRef) -> str:
    return f'"{table.schema}"."{table.name}"' if table.schema else f'"{table.name}"'
