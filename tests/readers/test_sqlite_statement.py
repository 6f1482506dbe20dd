"""Stored CREATE INDEX statements taken apart, and SQLite agrees on what the parts are."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync.dialects.sqlite.statement import key_parts

TABLE = 'CREATE TABLE "t(" (a INT, b TEXT, "c,d" TEXT, [e)f] TEXT, `g``h` TEXT)'

CASES = {
    "plain": ('CREATE INDEX i ON "t("(a)', ("a",), None),
    "expressions": ('CREATE INDEX i ON "t(" (lower(b), a, -a + 1)', ("lower(b)", "a", "-a + 1"), None),
    "order and collation": (
        'CREATE INDEX i ON "t(" (lower(b) COLLATE nocase DESC, b collate "RTRIM", a ASC, upper(b) desc)',
        ("lower(b)", "b", "a", "upper(b)"),
        None,
    ),
    "a collation inside": (
        "CREATE INDEX i ON \"t(\" ((b COLLATE nocase) || 'x', b COLLATE nocase COLLATE rtrim)",
        ("(b COLLATE nocase) || 'x'", "b COLLATE nocase"),
        None,
    ),
    "commas and parentheses in quotes": (
        """CREATE INDEX "i ( ON" ON "t(" ("c,d", [e)f] || ',)', `g``h`, coalesce(b, 'it''s,(', "c,d"))""",
        ('"c,d"', "[e)f] || ',)'", "`g``h`", """coalesce(b, 'it''s,(', "c,d")"""),
        None,
    ),
    "comments and line ends": (
        'CREATE INDEX i ON "t(" /* ( , */ (a -- , )\n , lower( b ) /* ) */ DESC\r\n)\n',
        ("a", "lower( b )"),
        None,
    ),
    "a predicate": (
        "CREATE UNIQUE INDEX i ON \"t(\" (a) WHERE b = 'WHERE)' /* so */  AND a > 1 -- end",
        ("a",),
        "b = 'WHERE)' AND a > 1",
    ),
    "a predicate without blanks": ('CREATE INDEX i ON "t("(a)where(a)', ("a",), "(a)"),
    "an open comment": ('CREATE INDEX i ON "t("(a) WHERE a > 1 /* and', ("a",), "a > 1"),
    "names like words": ('CREATE INDEX "where" ON "t("("a" DESC, b)', ('"a"', "b"), None),
    "a case": ('CREATE INDEX i ON "t("(CASE WHEN a THEN b ELSE (a) END DESC)', ("CASE WHEN a THEN b ELSE (a) END",), None),
    "a blob": ("CREATE INDEX i ON \"t(\"(x'0a' || b)", ("x'0a' || b",), None),
}


@pytest.mark.parametrize(("sql", "parts", "predicate"), CASES.values(), ids=CASES)
def test_a_statement_is_taken_apart(sql: str, parts: tuple[str, ...], predicate: str | None) -> None:
    assert key_parts(sql) == (parts, predicate)
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(TABLE)
        memory.execute(sql)
        (stored,) = memory.execute("SELECT sql FROM sqlite_master WHERE type = 'index'").fetchone()
        assert key_parts(stored) == (parts, predicate)
        (count,) = memory.execute(
            "SELECT count(*) FROM pragma_index_info((SELECT name FROM sqlite_master WHERE type='index'))"
        ).fetchone()
        assert len(parts) == count


_NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
_QUOTED = st.one_of(
    _NAME.map(lambda name: '"' + name.replace('"', '""') + '"'),
    _NAME.map(lambda name: "`" + name.replace("`", "``") + "`"),
    _NAME.filter(lambda name: "]" not in name).map(lambda name: f"[{name}]"),
)
_LITERAL = _NAME.map(lambda text: "'" + text.replace("'", "''") + "'")
_BLANK = st.sampled_from([" ", "\n", "\t ", " /* (,' */ ", ' -- )",\n'])


@given(index=_QUOTED, table=_QUOTED, literals=st.lists(_LITERAL, min_size=1, max_size=4), blank=_BLANK, predicate=_LITERAL)
def test_whatever_stands_in_quotes_is_text(index: str, table: str, literals: list[str], blank: str, predicate: str) -> None:
    parts = [f"coalesce(a,({literal}))" for literal in literals]
    sql = f"CREATE INDEX {index} ON {table}{blank}({f'{blank},'.join(parts)}{blank}DESC){blank}WHERE{blank}a <> {predicate}"
    assert key_parts(sql) == (tuple(parts), f"a <> {predicate}")
