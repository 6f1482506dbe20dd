"""Snapshots: nothing is lost, the same catalog gives the same bytes, and what is damaged is never taken for a catalog."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync import __version__, api, model
from namesync.errors import SnapshotError
from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Table, TableRef, catalog
from namesync.sources.snapshot import dump, parse
from tests.servers import Server

from .catalogs import catalogs

SCHEMA = json.loads((files("namesync") / "schemas" / "snapshot-1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

CLAUSE = "FOREIGN KEY (`a``b`) REFERENCES `other`.`User` (`id`)"
USER = TableRef("public", "User")
SMALL = catalog(
    Provider.POSTGRESQL,
    "16.4",
    ("public",),
    tables=(Table(USER, ("id", "email"), rows=1000),),
    objects=(
        Object(Key(Kind.PRIMARY_KEY, USER, ("id",)), "User_pkey", Definition(constraint=True, method="btree", parts=(Part(),))),
        Object(Key(Kind.UNIQUE, USER, ("email",)), 'e"mail\n日', Definition(method="btree", parts=(Part(descending=True),))),
    ),
)
TEXT = f"""{{
  "format_version": 1,
  "tool": {{"name": "namesync", "version": "{__version__}"}},
  "provider": "postgresql",
  "server_version": "16.4",
  "schemas": ["public"],
  "tables": [
    {{"ref": {{"schema": "public", "name": "User"}}, "columns": ["id", "email"]}}
  ],
  "objects": [
    {{"key": {{"kind": "primary_key", "table": {{"schema": "public", "name": "User"}}, "columns": ["id"]}}, \
"name": "User_pkey", "definition": {{"constraint": true, "method": "btree", "parts": [{{}}]}}}},
    {{"key": {{"kind": "unique", "table": {{"schema": "public", "name": "User"}}, "columns": ["email"]}}, \
"name": "e\\"mail\\n日", "definition": {{"method": "btree", "parts": [{{"descending": true}}]}}}}
  ]
}}
"""


def test_the_text() -> None:
    """One line for each table and object, defaults and rows left out."""
    assert dump(SMALL) == TEXT


def test_rows_are_left_out() -> None:
    assert parse(TEXT, "x") == replace(SMALL, tables=(Table(USER, ("id", "email")),))


@given(catalogs)
def test_round_trip(have: Catalog) -> None:
    text = dump(have)
    assert parse(text, "x") == have
    assert dump(parse(text, "x")) == text
    VALIDATOR.validate(json.loads(text))


@given(catalogs, st.randoms())
def test_order_does_not_matter(have: Catalog, random: Any) -> None:
    """A snapshot put together by hand, in any order, is the same catalog."""
    document = json.loads(dump(have))
    for name in ("tables", "objects", "taken", "hidden"):
        random.shuffle(document.get(name, []))
    assert parse(json.dumps(document), "x") == have


def test_the_json_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)


def _definitions() -> list[tuple[dict[str, Any], type]]:
    definitions = {"".join(word.capitalize() for word in name.split("_")): one for name, one in SCHEMA["$defs"].items()}
    known = {"Catalog": SCHEMA, **definitions}
    return [(one, getattr(model, name)) for name, one in known.items() if name != "Kind"]


@pytest.mark.parametrize(("definition", "cls"), _definitions(), ids=lambda one: one.__name__ if isinstance(one, type) else "")
def test_the_json_schema_has_the_models_fields(definition: dict[str, Any], cls: type) -> None:
    added = {"format_version", "tool"} if cls is Catalog else set()
    left_out = {"rows"} if cls is Table else set()
    assert set(definition["properties"]) - added == set(cls.__annotations__) - left_out
    assert definition["additionalProperties"] is False


def _edited(path: str, value: Any) -> str:
    """The text of SMALL with one value replaced (or removed, by `...`) at a path such as `objects.0.name`."""
    document = json.loads(TEXT)
    *way, last = path.split(".")
    place = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is ...:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return json.dumps(document)


NO_SNAPSHOT = [
    pytest.param("", "prod.json:1:1: damaged snapshot: Expecting value", id="empty"),
    pytest.param(TEXT[:-20], "prod.json:12:169: damaged", id="cut off"),
    pytest.param("[" * 100_000, "nested too deeply", id="nested"),
    pytest.param('{"format_version": ' + "1" * 5_000, "a number of thousands of digits", id="a number without end"),
    pytest.param("[]", "no namesync snapshot: format_version is missing", id="a list"),
    pytest.param('{"name": "x"}', "no namesync snapshot: format_version is missing", id="other JSON"),
    pytest.param('{"format_version": 1, "command": "diff"}', "no namesync snapshot: it is a report", id="a report"),
    pytest.param('{"format_version": "1"}', "format_version is no number", id="format is a text"),
    pytest.param('{"format_version": true}', "format_version is no number", id="format is true"),
    pytest.param('{"format_version": 0}', "format_version is no number", id="format 0"),
    pytest.param('{"format_version": 1}', "provider, schemas, server_version is missing", id="nothing in it"),
]
DAMAGED = [
    pytest.param(_edited("provider", "oracle"), "provider: 'oracle' is none of postgresql", id="unknown provider"),
    pytest.param(_edited("provider", None), "provider: None is none of", id="null"),
    pytest.param(_edited("objects", {}), "objects: a list is wanted", id="no list"),
    pytest.param(_edited("objects.0", []), "objects[0]: an object is wanted", id="no object"),
    pytest.param(_edited("objects.1.key.kind", "check"), "objects[1].key.kind: 'check' is none of", id="unknown kind"),
    pytest.param(_edited("objects.1.key.kind", ["x"]), "objects[1].key.kind: ['x'] is none of", id="kind is a list"),
    pytest.param(_edited("objects.0.name", 5), "objects[0].name: a text is wanted", id="name is a number"),
    pytest.param(_edited("objects.0.name", ...), "objects[0]: name is missing", id="name is missing"),
    pytest.param(_edited("objects.0.key.columns.0", None), "objects[0].key.columns[0]: a text", id="column is null"),
    pytest.param(_edited("objects.0.definition.constraint", 1), "definition.constraint: true or false", id="1 for true"),
    pytest.param(_edited("objects.0.definition.parts.0", {"length": True}), "parts[0].length: a whole", id="true for 1"),
    pytest.param(
        _edited("objects.0.definition.colour", "x"), "objects[0].definition.colour: unknown field", id="unknown field"
    ),
    pytest.param(_edited("tables.0.rows", 5), "tables[0].rows: unknown field", id="rows"),
]
SENSELESS = [  # what the types allow, and no database has
    pytest.param(_edited("objects.0.name", "\ud800"), "objects[0].name: a text is wanted, and this has half", id="surrogate"),
    pytest.param(_edited("objects.1.key.columns", []), "objects[1].key.columns: at least one", id="no column"),
    pytest.param(_edited("objects.1.key.kind", "foreign_key"), "objects[1].key: a foreign key has", id="no references"),
    pytest.param(
        _edited("objects.1.key.references", {"table": {"schema": "public", "name": "User"}, "columns": ["id"]}),
        "objects[1].key: a foreign key has references, and nothing else",
        id="references of an index",
    ),
    pytest.param(_edited("objects.1.definition.parts", []), "objects[1].definition.parts: one for each", id="no parts"),
    pytest.param(_edited("objects.1.definition.parts", [{}, {}]), "objects[1].definition.parts: one for each", id="too many"),
    pytest.param(
        TEXT.replace(
            '{"kind": "unique", "table": {"schema": "public", "name": "User"}, "columns": ["email"]}',
            '{"kind": "foreign_key", "table": {"schema": "public", "name": "User"}, "columns": ["email"], '
            '"references": {"table": {"schema": "public", "name": "User"}, "columns": ["id"]}}',
        ).replace('"definition": {"method": "btree", "parts": [{"descending": true}]}', '"implicit": true'),
        "objects[1].implicit: no foreign key",
        id="implicit foreign key",
    ),
    pytest.param(_edited("objects.1.sql", "DROP TABLE x"), "objects[1].sql: postgresql would not say so", id="SQL"),
]


@pytest.mark.parametrize(("text", "words"), NO_SNAPSHOT + DAMAGED + SENSELESS)
def test_damaged(text: str, words: str) -> None:
    with pytest.raises(SnapshotError) as caught:
        parse(text, "prod.json")
    assert str(caught.value).startswith("prod.json:")
    assert words in str(caught.value)
    assert "namesync snapshot ENV" in caught.value.hint


@pytest.mark.parametrize(("text", "words"), DAMAGED)
def test_the_json_schema_refuses_it_too(text: str, words: str) -> None:
    assert not VALIDATOR.is_valid(json.loads(text))


INDEX = Object(Key(Kind.INDEX, TableRef("main", "User"), ("id",)), "i", Definition(method="btree", parts=(Part(),)))
FK = Object(
    Key(Kind.FOREIGN_KEY, TableRef("app", "Post"), ("a`b",), Reference(TableRef("other", "User"), ("id",))),
    "f",
    Definition(constraint=True, on_delete="RESTRICT", on_update="CASCADE"),
)


@pytest.mark.parametrize(
    ("provider", "obj", "sql", "right"),
    [
        pytest.param("sqlite", INDEX, "CREATE INDEX i ON User (id) -- ; not here", True, id="index"),
        pytest.param("sqlite", INDEX, "create unique index i on User(id) WHERE x = ';'", True, id="unique index"),
        pytest.param("sqlite", INDEX, "CREATE INDEX i ON User (id); ATTACH 'x' AS y", False, id="two statements"),
        pytest.param("sqlite", INDEX, "ATTACH 'x' AS y", False, id="another statement"),
        pytest.param("mysql", FK, f"{CLAUSE} ON DELETE NO ACTION ON UPDATE CASCADE", True, id="foreign key"),
        pytest.param("mariadb", FK, f"{CLAUSE} ON DELETE SET NULL ON UPDATE RESTRICT", True, id="on MariaDB"),
        pytest.param("mysql", FK, f"{CLAUSE} ON DELETE CASCADE ON UPDATE CASCADE, DROP COLUMN x", False, id="more behind it"),
        pytest.param("mysql", FK, CLAUSE.replace("User", "Users"), False, id="another table"),
        pytest.param("mysql", INDEX, "CREATE INDEX i ON User (id)", False, id="of an index on MySQL"),
    ],
)
def test_sql_of_a_stranger(provider: str, obj: Object, sql: str, right: bool) -> None:
    """It goes into migrations as it is."""
    have = catalog(Provider(provider), "8.4", ("app",), objects=(replace(obj, sql=sql),))
    if right:
        assert parse(dump(have), "x") == have
        return
    with pytest.raises(SnapshotError, match=rf"objects\[0\]\.sql: {provider} would not say so of this object"):
        parse(dump(have), "x")


def test_what_every_server_says_is_believed(server: Server) -> None:
    script = """
        CREATE TABLE u (id INT PRIMARY KEY, "a;b" INT);
        CREATE TABLE p (id INT PRIMARY KEY, u INT, CONSTRAINT f FOREIGN KEY (u) REFERENCES u (id) ON DELETE SET NULL);
        CREATE UNIQUE INDEX i ON u ("a;b");
    """
    mysql = server.provider.family is Provider.MYSQL
    have = api.load(server.create(script.replace('"', "`") if mysql else script))
    assert parse(dump(have), "x").objects == have.objects
    assert any(obj.sql for obj in have.objects) is (server.provider is not Provider.POSTGRESQL)


def test_newer_format() -> None:
    text = '{"format_version": 2, "tool": {"name": "namesync", "version": "9.0"}, "anything": []}'
    with pytest.raises(SnapshotError) as caught:
        parse(text, "prod.json")
    assert caught.value.what.startswith("prod.json: a snapshot of format 2, written by namesync 9.0; this is namesync")
    assert "pip install -U namesync" in caught.value.hint


def test_damage_tells_of_another_version() -> None:
    text = _edited("tool.version", "0.0.1").replace("User_pkey", "x").replace('"public"', "5")
    with pytest.raises(SnapshotError) as caught:
        parse(text, "prod.json")
    assert caught.value.hint.startswith(f"Written by namesync 0.0.1; this is {__version__}.")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
    )
)
def test_any_json_is_a_catalog_or_an_error(value: Any) -> None:
    text = json.dumps(value if not isinstance(value, dict) else {**json.loads(TEXT), **value})
    try:
        assert isinstance(parse(text, "x"), Catalog)
    except SnapshotError as error:
        assert error.what.startswith("x:")  # noqa: PT017 - either is right


def test_large() -> None:
    """100,000 objects in seconds, in a file of some 200 bytes an object."""
    ref = [TableRef("public", f"table_{number}") for number in range(10_000)]
    definition = Definition(method="btree", parts=(Part(),))
    have = catalog(
        Provider.POSTGRESQL,
        "16.4",
        ("public",),
        tables=tuple(Table(one, ("id", "a", "b")) for one in ref),
        objects=tuple(
            Object(Key(Kind.INDEX, one, (f"column_{number}",)), f"{one.name}_column_{number}_idx", definition)
            for one in ref
            for number in range(10)
        ),
    )
    start = time.process_time()
    text = dump(have)
    assert parse(text, "x") == have
    assert time.process_time() - start < 30
    assert len(text) < 25_000_000
