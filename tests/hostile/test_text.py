"""Damaged text: whatever is in a file, reading it gives a value or an error that says where, in a bounded time.

Trial by trial, each with its own seed (see `text_trials`). The program as a whole is in `test_text_program.py`.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import pytest

from namesync.api.inforce import in_force
from namesync.check import check
from namesync.config import load_config
from namesync.config.places import places_in
from namesync.convention import PROFILES
from namesync.errors import NamesyncError, PlanError, SchemaError
from namesync.match import match
from namesync.model import Catalog
from namesync.prisma.keep import KeepPlan, keep_existing
from namesync.prisma.schema import Schema, load_schema
from namesync.prisma.tokens import tokenize
from namesync.prisma.write import write_changes
from namesync.sources.loading import load
from namesync.sources.resolving import File, Form, resolve
from namesync.sources.snapshot import dump, parse
from tests.hostile import text_seeds as seeds
from tests.hostile.document_mutation import as_json, as_toml, twisted
from tests.hostile.mutation import damaged
from tests.hostile.tally import Tally
from tests.hostile.text_trials import Trial, assert_clear, numbers, refusing, shared, trial

PRISMA = PROFILES["prisma"]


@shared
def test_schemas(share: int, tally: Tally, tmp_path: Path) -> None:
    for number in numbers(tally, share, 320, 50_000):
        with trial(tally, "schema.prisma read; if it can be, names written into it", number) as one:
            schema(one, tmp_path)


@shared
def test_snapshots(share: int, tally: Tally, tmp_path: Path) -> None:
    for number in numbers(tally, share, 320, 50_000):
        with trial(tally, "snapshot read; if it can be, compared", number) as one:
            snapshot(one, tmp_path)


@shared
@pytest.mark.parametrize("name", ["namesync.toml", "pyproject.toml"])
def test_configurations(name: str, share: int, tally: Tally, tmp_path: Path) -> None:
    (folder := tmp_path / "project").mkdir()
    for number in numbers(tally, share, 160, 25_000):
        with trial(tally, "configuration read; if it can be, put in force", number, name) as one:
            configuration(one, folder / name)


# ---- schemas ----


def schema(one: Trial, folder: Path) -> None:
    one.text = damaged(one.random, seeds.schema_texts())
    assert_schema(one.text, one.random, folder)


def assert_schema(text: bytes, random: Random, folder: Path) -> None:
    """Whatever the text is: an error with its place in it, or a schema that can be given the names of a database."""
    file = folder / "schema.prisma"
    file.write_bytes(text)
    try:
        found = load_schema(file)
    except SchemaError as error:
        assert_place(error, text)
        return
    assert "".join(token.text for token in tokenize(found.documents[0].source.text)).encode() == text
    assert_same_catalog(found.catalog(PRISMA))
    assert_names_kept(found, random, file)


def assert_place(error: SchemaError, data: bytes) -> None:
    """The error's line and column are in the text, or right behind it."""
    assert_clear(error, f"{error.file}:{error.line}:{error.column}: ")
    lines = re.split(r"\r\n|\r|\n", data.decode(errors="replace"))
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1


def assert_names_kept(schema: Schema, random: Random, file: Path) -> None:
    """The names of a database go into the schema, or they are told to be left out; whatever else is in the file stays."""
    before = schema.documents[0].source.text
    database = seeds.live(schema, random)
    plan = keep_existing(schema, database, PRISMA)
    assert {one.after for one in plan.changes} <= {obj.name for obj in database.objects}
    if random.random() < 0.1 and plan.files:
        file.write_bytes(b"mine")
        with pytest.raises(PlanError, match="changed since it was read"):
            write_changes(plan.files)
        assert file.read_bytes() == b"mine"
        file.write_bytes(before.encode())
    write_changes(plan.files)
    assert os.listdir(file.parent) == [file.name]
    after = file.read_bytes().decode()
    assert after == (plan.files[0].after if plan.files else before)
    assert [line.split("@")[0] for line in re.split("[\r\n]", after)] == [
        line.split("@")[0] for line in re.split("[\r\n]", before)
    ]
    assert_declared(schema, load_schema(file), plan)
    assert not keep_existing(load_schema(file), database, PRISMA).files, "a second time there is nothing left to write"


def assert_declared(before: Schema, after: Schema, plan: KeepPlan) -> None:
    """The schema declares the names planned, and else what it did."""
    wanted = {id(one.object): one.after for one in plan.changes}
    renamed = {(one.object.key, one.object.location): one.after for one in plan.changes}
    assert len(renamed) == len(wanted)
    expected = [
        (each.object.key, renamed.get((each.object.key, each.object.location), each.object.name))
        for each in before.declared(PRISMA)
    ]
    assert [(each.object.key, each.object.name) for each in after.declared(PRISMA)] == expected


# ---- snapshots ----


def snapshot(one: Trial, folder: Path) -> None:
    place = one.random.randrange(len(seeds.catalogs()))
    if one.random.random() < 0.4:
        one.text = damaged(one.random, [seeds.snapshots()[place], one.random.choice(seeds.snapshots())])
    else:
        one.text = as_json(twisted(one.random, seeds.snapshot_documents()[place])).encode()
    assert_snapshot(one.text, seeds.catalogs()[place], folder)


def assert_snapshot(text: bytes, like: Catalog, folder: Path) -> None:
    """Whatever the text is: an error that names the file, or a catalog that is written again without loss and compared."""
    file = folder / "prod.json"
    file.write_bytes(text)
    try:
        have = load(File("prod", file, Form.SNAPSHOT))
    except NamesyncError as error:
        assert_clear(error, str(file))
        return
    assert_same_catalog(have)
    assert_comparable(have, like)


def assert_same_catalog(have: Catalog) -> None:
    text = dump(have)
    text.encode()
    assert parse(text, "x") == replace(have, tables=tuple(replace(table, rows=None) for table in have.tables))


def assert_comparable(have: Catalog, other: Catalog) -> None:
    """What can be read can be compared, with a database like it or with itself, which has no drift then."""
    for catalogs in ({"prod": have, "dev": other}, {"dev": other, "prod": have}, {"prod": have, "dev": have}):
        if len({one.provider.family for one in catalogs.values()}) > 1:
            continue
        found = check(catalogs, match(catalogs), authority="prod", profile=PRISMA)
        assert other is catalogs["dev"] or not [one for one in found if one.rule == "name-drift"]


# ---- configurations ----


def configuration(one: Trial, file: Path) -> None:
    whole = file.name == "namesync.toml"
    if one.random.random() < 0.5:
        one.text = damaged(one.random, seeds.configurations() if whole else seeds.sections())
    else:
        document = twisted(one.random, one.random.choice(seeds.configuration_documents()))
        one.text = as_toml(document if whole else {"project": {"name": "x"}, "tool": {"namesync": document}}).encode(
            errors="replace"
        )
    assert_configuration(one.text, file)


def assert_configuration(text: bytes, file: Path) -> None:
    """Whatever the text is: an error that names the file, or settings; no command of it is run, no server asked."""
    file.write_bytes(text)
    try:
        config = load_config(file.parent, file)
        settings = in_force(config, places_in(config.path), {}, date(2026, 11, 20))
    except NamesyncError as error:
        assert_clear(error, str(file), "unknown convention")
        return
    assert settings
    for environment in config.environments.values():
        if not environment.url_command:  # it would be run
            with refusing(environment.name, str(file.parent)):
                resolve(environment.name, config, {}, file.parent)
