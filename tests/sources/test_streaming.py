"""Rows as they come: any number of them, and those of many schemas told apart again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import bindparam, text
from sqlalchemy.exc import DBAPIError

from namesync.sources.server import session
from namesync.sources.streaming import Gathered, streamed
from namesync.sources.url import parse_url
from tests.servers import Server

SCHEMAS = st.sampled_from(["a", "b", "tenant"])
COLUMNS = ("schema", "name", "columns", "target")
ROWS = st.lists(
    st.tuples(SCHEMAS, st.sampled_from(["a", "b", "t"]), st.lists(SCHEMAS), st.none() | SCHEMAS).map(
        lambda values: dict(zip(COLUMNS, values, strict=True))
    )
)


@given(first=ROWS, second=ROWS, account=st.lists(st.fixed_dictionaries({"grant": st.none() | SCHEMAS})))
def test_the_rows_of_each_schema_come_back(first: list, second: list, account: list) -> None:
    gathered = Gathered({"first": first, "second": second, "account": account})
    for schema in ("a", "b", "tenant", "none"):
        ask = gathered.of(schema)
        for query, rows in {"first": first, "second": second}.items():
            own = [{**row, "columns": tuple(row["columns"])} for row in rows if row["schema"] == schema]
            assert list(ask(query)) == own
        assert list(ask("account")) == account


def test_equal_rows_of_tenants_are_kept_once() -> None:
    rows = [{"schema": f"t{number}", "table": "User", "target_schema": f"t{number}"} for number in range(50)]
    gathered = Gathered({"tables": rows})
    assert len({id(values) for found in gathered._rows["tables"].values() for values in found}) == 1
    assert list(gathered.of("t7")("tables")) == [{"schema": "t7", "table": "User", "target_schema": "t7"}]


@pytest.mark.parametrize("many", [0, 1, 999, 1000, 1001, 3500])
def test_any_number_of_rows(postgresql: Server, many: int) -> None:
    with session(parse_url(postgresql.url, base=Path())) as opened:
        series = text(f"SELECT n, array[n::text, '%'] AS words FROM generate_series(1, {many}) AS n WHERE 'x' IN :schemas")
        statement = series.bindparams(bindparam("schemas", ["x", "y"], expanding=True))
        found = list(streamed(opened.connection, statement))
        assert found == [{"n": number, "words": [str(number), "%"]} for number in range(1, many + 1)]
        assert [row["one"] for row in streamed(opened.connection, text("SELECT 1 AS one"))] == [1], "it can be asked again"


def test_what_fails_among_the_rows_is_the_drivers_error(postgresql: Server) -> None:
    with session(parse_url(postgresql.url, base=Path())) as opened:
        rows = streamed(opened.connection, text("SELECT 1 / (2500 - n) AS n FROM generate_series(1, 3000) AS n"))
        with pytest.raises(DBAPIError, match="division by zero"):
            list(rows)
        assert list(streamed(opened.connection, text("SELECT 1 AS one"))) == [{"one": 1}]
