"""Rows as the server sends them: a catalog of any size takes no more memory than what is made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from namesync.dialects.reading import Row

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause

_CHUNK = 1000
_OWN = object()  # stands for the name of the schema that a row is of

Values = tuple[Any, ...]


def streamed(connection: Connection, statement: TextClause) -> Iterator[Row]:
    """The rows of one query, which goes over the wire once, whatever their number. Raises SQLAlchemy's DBAPIError."""
    if connection.dialect.driver == "psycopg":
        yield from _chunks(connection, statement)
        return
    result = connection.execute(statement, execution_options={"stream_results": True, "max_row_buffer": _CHUNK})
    columns = tuple(result.keys())
    for row in result:
        yield dict(zip(columns, row, strict=True))


def _chunks(connection: Connection, statement: TextClause) -> Iterator[Row]:
    """SQLAlchemy's own way to stream is a cursor on the server, which takes a statement for each chunk of rows; libpq's
    chunked mode takes none. Before libpq 17 it has single rows only.
    https://www.psycopg.org/psycopg3/docs/api/cursors.html#psycopg.Cursor.stream
    """
    from psycopg import Error, capabilities
    from sqlalchemy.exc import DBAPIError

    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver_connection: Any = connection.connection.driver_connection
    size = _CHUNK if capabilities.has_stream_chunked() else 1
    try:
        with driver_connection.cursor() as cursor:
            columns: tuple[str, ...] = ()
            for row in cursor.stream(str(compiled), compiled.params, size=size):
                columns = columns or tuple(column.name for column in cursor.description)
                yield dict(zip(columns, row, strict=True))
    except Error as error:
        raise DBAPIError(str(compiled), None, error) from error


class Gathered:
    """The rows of many schemas at once, query by query, to be told apart again.

    Tenants are alike, and so are their rows but for the name of the schema: equal rows are kept once.
    """

    def __init__(self, results: Mapping[str, Iterable[Row]]) -> None:
        self._columns: dict[str, tuple[str, ...]] = {}
        self._rows: dict[str, dict[str | None, list[Values]]] = {}
        known: dict[Values, Values] = {}
        for query, rows in results.items():
            by_schema: dict[str | None, list[Values]] = defaultdict(list)
            for row in rows:
                schema = row.get("schema")
                values = tuple(_OWN if schema is not None and value == schema else _fixed(value) for value in row.values())
                by_schema[schema].append(known.setdefault(values, values))
                self._columns.setdefault(query, tuple(row))
            self._rows[query] = by_schema

    def of(self, schema: str) -> Callable[[str], Iterator[Row]]:
        """The rows of one schema; those that tell of no schema, such as a role's grants, are everybody's."""

        def ask(query: str) -> Iterator[Row]:
            found = self._rows[query]
            for values in (*found.get(schema, ()), *found.get(None, ())):
                restored = (schema if value is _OWN else value for value in values)
                yield dict(zip(self._columns[query], restored, strict=True))

        return ask


def _fixed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
