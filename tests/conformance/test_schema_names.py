"""Generated schemas, read and edited: the real engine sees in them the names that namesync sees."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random

import pytest

from namesync.convention import cut
from namesync.errors import SchemaError
from namesync.model import Kind, Provider
from namesync.prisma.edits import apply_edits, map_edits
from namesync.prisma.schema import Schema
from tests.conformance.engine import Engine, header
from tests.prisma.ddl import declared_statements, statements
from tests.prisma.generate import MAPS, generate
from tests.prisma.reading import PRISMA, nameable, read_files

EACH = 200  # schemas the engine accepts, for each of these
CASES = [(provider, part) for provider in ("postgresql", "sqlite", "mysql") for part in range(4)]
KINDS = {"id": Kind.PRIMARY_KEY, "unique": Kind.UNIQUE, "normal": Kind.INDEX, "fulltext": Kind.INDEX}


@pytest.mark.parametrize(("provider", "part"), CASES)
def test_the_engine_sees_the_same_names(engine: Engine, provider: str, part: int) -> None:
    for seed, files in accepted(engine, provider, part):
        assert names_of_engine(engine, files, provider) == names_of(read_files(files)), f"seed {seed}"


@pytest.mark.parametrize(("provider", "part"), CASES)
def test_the_engine_sees_the_names_that_were_written(engine: Engine, provider: str, part: int) -> None:
    """Read, given other names, or the default ones; two that share a name are the only thing it may refuse."""
    seen = 0
    for seed, files in accepted(engine, provider, part):
        edited = with_other_names(files, Random(seed))
        if only_clashes(engine.validate(edited)):
            continue
        assert names_of_engine(engine, edited, provider) == names_of(read_files(edited)), f"seed {seed}"
        seen += 1
    assert seen > EACH * 0.8


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("model A {\n id Int @id\n a Int\n @@index([a(Desc)])\n}\n", id="argument of a field without a name"),
        pytest.param(
            "model A {\n id Int @id\n a Int\n @@index([a(foo: 1, sort: Desc)])\n}\n", id="unknown argument of a field"
        ),
        pytest.param(
            "model A {\n id Int @id\n a Int\n @@index([a(sort: Desc, sort: Asc)])\n}\n", id="argument that stands twice"
        ),
        pytest.param('model A { a Int @unique "{\n id Int @id\n}\n', id="behind the brace"),
        pytest.param('generator a-b {\n provider = "x"\n}\nmodel A {\n id Int @id\n}\n', id="name of a generator"),
        pytest.param(
            "model A {\n id Int @id\n bs B[] @relation(fields: [], references: [])\n}\n"
            "model B {\n id Int @id\n aId Int\n a A @relation(fields: [aId], references: [id])\n}\n",
            id="empty lists of a relation",
        ),
    ],
)
def test_what_prisma_passes_over_is_passed_over(engine: Engine, text: str) -> None:
    files = {"schema.prisma": header("postgresql") + text}
    assert engine.validate(files) == ""
    assert names_of_engine(engine, files, "postgresql") == names_of(read_files(files))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("modelA {\n id Int @id\n}\n", id="keyword and name in one"),
        pytest.param('model A {\n id Int @id @map("")\n}\n', id="empty name"),
        pytest.param("model A { /*\n id Int @id\n}\n", id="comment that begins behind the brace"),
    ],
)
def test_what_is_refused_though_prisma_takes_it(engine: Engine, text: str) -> None:
    """docs/schema.md lists these: nobody means what Prisma makes of them."""
    files = {"schema.prisma": header("postgresql") + text}
    assert engine.validate(files) == ""
    with pytest.raises(SchemaError):
        read_files(files)


def accepted(engine: Engine, provider: str, part: int) -> Iterator[tuple[int, Mapping[str, str]]]:
    """EACH generated schemas; whatever else the engine refuses in one is a fault of the generator."""
    found = seed = 0
    while found < EACH:
        files = generate(part * 100_000 + seed, provider)
        seed += 1
        if not only_clashes(engine.validate(files)):
            found += 1
            yield part * 100_000 + seed - 1, files
    assert found > seed * 0.7


def only_clashes(refusal: str) -> bool:
    """Whether the engine refused a schema; it may do so only for names that stand twice."""
    assert refusal.count("error:") == refusal.count("has to be unique"), refusal
    return bool(refusal)


def with_other_names(files: Mapping[str, str], random: Random) -> Mapping[str, str]:
    wanted = {}
    schema = read_files(files)
    for place, declared in enumerate(nameable(schema)):
        chosen = random.choice(("other", "other", "default", "stays"))
        if chosen != "stays":
            wanted[declared] = declared.default if chosen == "default" else cut(f"{place}{random.choice(MAPS)}", 63)
    edits = map_edits(wanted)
    edited = {file: apply_edits(text, edits.get(file, ())) for file, text in files.items()}
    after = read_files(edited).declared(PRISMA)
    for before, now in zip(schema.declared(PRISMA), after, strict=True):
        assert now.object.name == wanted.get(before, before.object.name)
    return edited


def names_of(schema: Schema) -> Counter[object]:
    """On PostgreSQL and SQLite the statements that would make the objects, on MySQL what `prisma validate` knows."""
    if schema.provider is not Provider.MYSQL:
        return Counter(declared_statements(schema.catalog(PRISMA)))
    found: Counter[object] = Counter()
    for model in schema.models.values():
        if any(attribute.name == "@@ignore" for attribute in model.block.attributes):
            continue  # the client's data model, which is all there is to ask, leaves them out
        fields = {column.name: name for name, column in model.columns.items()}
        for declaration in model.declarations:
            columns = tuple(fields[column] for column in declaration.columns)
            found[model.name, declaration.kind, columns, declaration.mapped] += 1
    return found


def names_of_engine(engine: Engine, files: Mapping[str, str], provider: str) -> Counter[object]:
    if provider == "mysql":
        return Counter(
            (index["model"], KINDS[index["type"]], tuple(field["name"] for field in index["fields"]), index.get("dbName"))
            for index in engine.dmmf(files)["datamodel"]["indexes"]
        )
    found = statements(engine.ddl(files))
    if provider == "postgresql":  # the server cuts what is too long: the names of many-to-many tables may be
        found = Counter(re.sub(r'"([^"]+)"', lambda name: f'"{cut(name[1], 63)}"', text) for text in found.elements())
    return Counter(found)
