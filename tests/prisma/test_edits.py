"""Edits change the spans they name, and put `map` where Prisma prints it."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesync.errors import PlanError
from namesync.prisma.edits import Edit, apply_edits, map_edits, quoted
from namesync.prisma.parser import parse
from namesync.prisma.source import Source
from namesync.prisma.syntax import Text
from tests.prisma.generate import generate
from tests.prisma.reading import PRISMA, nameable, read_files, schema_of


def edited(line: str, name: str | None, provider: str = "postgresql") -> str:
    """The line of a model after its one attribute is given a name, None for the default."""
    other = "model B {\n id Int @id\n as A[]\n}\n"
    text = f"model A {{\n b Int\n c Int\n {line}\n}}\n" + (other if "@relation" in line else "")
    schema = schema_of(text, provider)
    (declared,) = [each for each in nameable(schema) if each.object.key.table.name == "A"]
    edits = map_edits({declared: declared.default if name is None else name})
    after = apply_edits(declared.source.text, edits.get("schema.prisma", ()))
    found = after.split("\n")
    before = declared.source.text.split("\n")
    (place,) = [number for number, old in enumerate(before) if old == f" {line}"]
    assert found[:place] + found[place + 1 :] == before[:place] + before[place + 1 :]
    return found[place][1:]


@pytest.mark.parametrize(
    ("line", "name", "expected"),
    [
        ("a Int @id", "x", 'a Int @id(map: "x")'),
        ("a Int @id()", "x", 'a Int @id(map: "x")'),
        ("a Int @ id ( ) // c", "x", 'a Int @ id (map: "x") // c'),
        ("a Int @id @default(autoincrement())", "x", 'a Int @id(map: "x") @default(autoincrement())'),
        ("a Int @unique(sort: Desc)", "x", 'a Int @unique(map: "x", sort: Desc)'),
        ('a Int @unique( map : "old" ,sort:Desc)', "x", 'a Int @unique( map : "x" ,sort:Desc)'),
        ("@@id([b, c])", "x", '@@id([b, c], map: "x")'),
        ('@@id([b, c], name: "n")', "x", '@@id([b, c], name: "n", map: "x")'),
        ("@@unique([b, c])", "x", '@@unique([b, c], map: "x")'),
        ('@@unique([b], name: "n")', "x", '@@unique([b], name: "n", map: "x")'),
        ('@@unique(name: "n", fields: [b])', "x", '@@unique(name: "n", fields: [b], map: "x")'),
        ('@@unique([b], where: raw("c > 1"))', "x", '@@unique([b], map: "x", where: raw("c > 1"))'),
        ("@@index([b(sort: Desc), c])", "x", '@@index([b(sort: Desc), c], map: "x")'),
        ("@@index([b], type: Hash)", "x", '@@index([b], map: "x", type: Hash)'),
        ("@@index(type: Hash, fields: b)", "x", '@@index(type: Hash, fields: b, map: "x")'),
        ('@@index([b], name: "old")', "x", '@@index([b], map: "x")'),
        ('@@index([b], name: "x", type: Hash)', "x", '@@index([b], map: "x", type: Hash)'),
        ('@@index( [b] , name : "x" )', "x", '@@index( [b] , map : "x" )'),
        (
            "a B @relation(fields: [b], references: [id])",
            "x",
            'a B @relation(fields: [b], references: [id], map: "x")',
        ),
        (
            "a B @relation(onDelete: Cascade, fields: [b], references: [id] )",
            "x",
            'a B @relation(onDelete: Cascade, fields: [b], references: [id], map: "x" )',
        ),
        ("@@index([b])", 'a"\\\n\té', '@@index([b], map: "a\\"\\\\\\n\\té")'),
    ],
)
def test_names_go_where_prisma_prints_them(line: str, name: str, expected: str) -> None:
    assert edited(line, name) == expected
    assert edited(expected, name) == expected, "twice is once"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('a Int @id(map: "x")', "a Int @id"),
        ('a Int @id ( map: "x" ) @default(1) // c', "a Int @id @default(1) // c"),
        ('a Int @unique(map: "x", sort: Desc)', "a Int @unique(sort: Desc)"),
        ('a Int @unique(sort: Desc, map: "x")', "a Int @unique(sort: Desc)"),
        ('@@index([b], map: "x")', "@@index([b])"),
        ('@@index([b] , map: "x" , type: Hash)', "@@index([b] , type: Hash)"),
        ('@@index(map: "x", [b])', "@@index([b])"),
        ('@@index([b], name: "x")', "@@index([b])"),
        ('@@index([b], map: "A_b_idx")', "@@index([b])"),
        ('@@unique([b], name: "n", map: "x")', '@@unique([b], name: "n")'),
        ('a B @relation(fields: [b], references: [id], map: "x")', "a B @relation(fields: [b], references: [id])"),
        ("@@index([b])", "@@index([b])"),
    ],
)
def test_names_that_say_no_more_than_the_default_go(line: str, expected: str) -> None:
    assert edited(line, None) == expected
    assert edited(expected, None) == expected


def test_fulltext() -> None:
    assert edited("@@fulltext([b])", "x", "mysql") == '@@fulltext([b], map: "x")'


def test_many_to_many_tables_take_no_name() -> None:
    schema = schema_of("model A {\n id Int @id\n bs B[]\n}\nmodel B {\n id Int @id\n as A[]\n}\n")
    join = [declared for declared in schema.declared(PRISMA) if declared.attribute is None]
    assert len(join) == 4
    with pytest.raises(PlanError, match="no place"):
        map_edits({join[0]: "x"})


@given(st.text(st.characters(codec="utf-8")))
def test_a_quoted_name_reads_back(name: str) -> None:
    (block,) = parse(Source("a", f"generator g {{\n x = {quoted(name)}\n}}")).blocks
    assert isinstance(value := block.settings[0].value, Text)
    assert value.value == name


TEXTS = st.text(min_size=1, max_size=60)


@st.composite
def texts_and_edits(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(TEXTS)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=12, unique=True)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return text, [Edit(start, end, draw(st.text(max_size=5))) for start, end in spans]


@given(texts_and_edits(), st.randoms())
def test_every_byte_outside_the_spans_stays(world: tuple[str, list[Edit]], random: Random) -> None:
    text, edits = world
    shuffled = random.sample(edits, len(edits))
    after = apply_edits(text, shuffled)
    at = shift = 0
    for edit in edits:
        assert after[at + shift : edit.start + shift] == text[at : edit.start]
        assert after[edit.start + shift :].startswith(edit.text)
        shift += len(edit.text) - (edit.end - edit.start)
        at = edit.end
    assert after[at + shift :] == text[at:]


@pytest.mark.parametrize(
    "edits",
    [[Edit(0, 2, ""), Edit(1, 3, "")], [Edit(0, 9, "")], [Edit(2, 1, "")], [Edit(-1, 0, "")]],
    ids=["overlap", "behind the end", "backwards", "before the start"],
)
def test_edits_that_make_no_sense(edits: list[Edit]) -> None:
    with pytest.raises(PlanError, match="overlap"):
        apply_edits("abc", edits)


@pytest.mark.parametrize("provider", ["postgresql", "mysql", "sqlite"])
def test_edits_of_generated_schemas_read_back(provider: str) -> None:
    """Names, and nothing else, are what was wanted; a second round has nothing to do; only `map` was touched."""
    for seed in range(60):
        files = generate(seed, provider)
        schema = read_files(files)
        random = Random(seed)
        wanted = {
            each: random.choice((each.default, f"n{place}é\\", each.object.name)) for place, each in enumerate(nameable(schema))
        }
        edits = map_edits(wanted)
        after = read_files({file: apply_edits(text, edits.get(file, ())) for file, text in files.items()})
        pairs = list(zip(schema.declared(PRISMA), after.declared(PRISMA), strict=True))
        for before, now in pairs:
            assert (now.object.key, now.object.definition) == (before.object.key, before.object.definition)
            assert now.object.name == wanted.get(before, before.object.name)
        assert map_edits({now: wanted[before] for before, now in pairs if before in wanted}) == {}
