"""What the rules say where servers see, name and fold in ways of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from namesync.model import Catalog, Hidden, Kind, Provider, TableRef
from namesync.report import Rule
from tests.core.judging import judge
from tests.core.worlds import fk, index, pk, unique, world

MYSQL = {"provider": Provider.MYSQL, "version": "8.4.0", "schemas": ("db",)}


def mysql(*objects: object) -> Catalog:
    return world(*objects, **MYSQL)  # type: ignore[arg-type]


def test_the_index_mysql_makes_for_a_foreign_key_is_no_deviation() -> None:
    def at(name: str) -> Catalog:
        key = fk("Post", "authorId", "User(id)", name, schema="db")
        return mysql(key, index("Post", "authorId", name, schema="db", implicit=True))

    found = judge(prod=at("Post_authorId_fkey"), dev=at("Post_ibfk_1"))
    assert [(rule, one.key.kind) for rule, ones in found.items() for one in ones] == [(Rule.NAME_DRIFT, Kind.FOREIGN_KEY)]
    assert judge(prod=at("Post_authorId_fkey"), dev=at("Post_authorId_fkey")) == {}


def test_an_index_of_its_own_against_the_implicit_one_drifts() -> None:
    key = fk("Post", "authorId", "User(id)", "Post_authorId_fkey", schema="db")
    implicit = index("Post", "authorId", "Post_authorId_fkey", schema="db", implicit=True)
    own = index("Post", "authorId", "Post_authorId_idx", schema="db")
    (drift,) = judge(prod=mysql(key, own), dev=mysql(key, implicit))[Rule.NAME_DRIFT]
    assert drift.names == {"prod": "Post_authorId_idx", "dev": "Post_authorId_fkey"}


def test_names_that_cannot_be_set_are_never_judged() -> None:
    assert judge(prod=mysql(pk("T", "id", "PRIMARY", schema="db")), dev=mysql(pk("T", "id", "PRIMARY", schema="db"))) == {}
    sqlite = {"provider": Provider.SQLITE, "version": "3.45", "schemas": ("main",)}
    nameless = world(
        fk("T", "a", "U(id)", "", schema="main"),
        unique("T", "b", "sqlite_autoindex_T_1", schema="main", implicit=True),
        pk("T", "id", "", schema="main"),
        **sqlite,  # type: ignore[arg-type]
    )
    assert judge(prod=nameless, dev=nameless) == {}


def test_folding_servers_keep_prismas_spelling() -> None:
    linux = mysql(index("Post", "a", "Post_a_idx", schema="db"))
    mac = world(index("post", "a", "Post_a_idx", schema="db"), folds_tables=True, **MYSQL)  # type: ignore[arg-type]
    assert judge(prod=mac, dev=linux) == {}
    assert judge(prod=mac, dev=mac) == {}
    odd = world(index("post", "a", "odd", schema="db"), folds_tables=True, **MYSQL)  # type: ignore[arg-type]
    (drift,) = judge(prod=odd, dev=linux)[Rule.NAME_DRIFT]
    assert (drift.key.table.name, drift.expected) == ("post", "Post_a_idx")


@pytest.mark.parametrize("authority", ["linux", "mac"])
def test_tables_that_a_server_folds_are_the_same_tables(authority: str) -> None:
    """Spelled as the authority spells them, targets too; and no table is missing that is only spelled otherwise."""
    linux = mysql(fk("Post", "a", "User(id)", "x", schema="db"), index("Post", "b", "Post_b_idx", schema="db"))
    hidden = (Hidden((Kind.UNIQUE,), TableRef("db", "Post"), "too few rights"),)
    linux = replace(linux, hidden=hidden)
    mac = world(
        fk("post", "a", "user(id)", "y", schema="db"),
        index("post", "c", "post_c_idx", schema="db"),
        unique("post", "d", "post_d_key", schema="db"),
        folds_tables=True,
        **MYSQL,  # type: ignore[arg-type]
    )
    first, second = {"linux": (linux, mac), "mac": (mac, linux)}[authority]
    found = judge(prod=first, dev=second)
    (drift,) = found[Rule.NAME_DRIFT]
    assert drift.key.references is not None
    tables = (drift.key.table.name, drift.key.references.table.name)
    assert tables == {"linux": ("Post", "User"), "mac": ("post", "user")}[authority]
    assert [one.key.columns for one in found[Rule.MISSING_OBJECT]] == [("b",), ("c",)]
    assert not any("whole table" in one.message for one in found[Rule.MISSING_OBJECT])


def test_what_is_hidden_is_not_called_missing() -> None:
    hidden = Hidden((Kind.FOREIGN_KEY,), None, "needs REFERENCES")
    seen = world(fk("T", "a", "U(id)", "T_a_fkey"), index("T", "a", "T_a_idx"))
    found = judge(prod=seen, dev=world(hidden=(hidden,)))
    assert [one.key.kind for one in found[Rule.MISSING_OBJECT]] == [Kind.INDEX]
