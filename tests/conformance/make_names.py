"""Makes tests/data/convention/*.json: names that the real Prisma engine gave, for the proof of namesync.convention.

    python -m tests.conformance.make_names

PostgreSQL and SQLite: the names in the engine's DDL (Prisma 6.19.3 and 7.10.0). MySQL, for which there is no such engine: the
names in the validator's message about two objects of one name (P1012), which Prisma 5.22.0 gives too; it is asked for
PostgreSQL as well, so that the profile `prisma5` is proved where it can be. All versions must agree on a name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from namesync.convention import LIMITS
from namesync.model import Kind, Provider
from tests.conformance.engine import Engine, EngineError, header
from tests.conformance.names import DATA, PROVIDERS, Name, rendered

VERSIONS = (6, 7)
WITH_DDL = (Provider.POSTGRESQL, Provider.SQLITE)


class Case(NamedTuple):
    """A table and the columns that its unique, its index and its foreign key are on. Database names."""

    table: str
    columns: tuple[str, ...]


ODD = (
    *(
        "Post",
        "post",
        "POST",
        "blog post",
        " padded ",
        "a.b",
        "a-b",
        "a$b",
        "$",
        "100%",
        "it's",
        "a`b",
        'quo"te',
        "back\\slash",
    ),
    *(
        "semi;colon",
        "a,b",
        "(a)",
        "[a]",
        "tab\there",
        "two\nlines",
        "_private",
        "2fast",
        "a__b",
        "trailing_",
        "select",
        "order",
    ),
    *("User_email_key", "sqlite_x", "Straße", "naïve", "日本語", "emoji😀", "e\u0301", "\u202eright", "\u00a0", "Ω", "ﬁ", "İ"),
)
COLUMNS = (
    *(("a", "b"), ("b", "a"), ("a", "b", "c", "d", "e"), ("authorId",), ("a_b", "c"), ("a", "b_c")),
    *(("x y", "z.w"), ("é", "日"), ("_", "__")),
)


def cases(provider: Provider) -> Iterator[Case]:
    """Ordinary and odd names, and every length and character around the cut."""
    yield from (Case(name, ("id",)) for name in ODD)
    yield from (Case("Post", (name,)) for name in ODD)
    yield from (Case("Post", columns) for columns in COLUMNS)
    limit = LIMITS[provider]
    if provider is Provider.SQLITE:  # long names take room in the data, and the rule is the same
        yield from (Case("T" * (limit - short), ("c",)) for short in (7, 6, 5, 3))
        yield Case("T" * (limit - 6) + "日", ("c",))
        return
    yield from (Case("T" * length, ("c",)) for length in range(limit - 13, limit + 3))
    yield from (Case("Table", ("c" * length,)) for length in range(limit - 13, limit + 3, 3))
    yield from (Case("T" * (limit // 3), ("first" * 4, "second" * 3, "x" * length)) for length in range(1, 14, 3))
    for character in "é日😀":
        yield from (Case("T" * before + character * 2 + "tail", ("c",)) for before in range(limit - 13, limit - 2))
        yield from (Case("Table", ("c" * before + character + "tail",)) for before in range(limit - 13, limit - 8))
    yield Case("日" * 30, ("本" * 30,))
    yield Case("😀" * 16, ("é",))


def joins(provider: Provider) -> Iterator[str]:
    """Names of relations, short, long around each of the cuts, and with characters of several bytes."""
    yield from ("PostToTag", "posts on tags", "a.b-c$d", "日本", "é😀", "_x", "AToB_AB")
    if provider is Provider.SQLITE:
        return
    yield from ("R" * length for length in range(44, 72))
    for character in "é日😀":
        fits = LIMITS[provider] - len("_") - len(character.encode()) * 4  # else the server cuts the table's name itself
        yield from ("R" * before + character * 4 for before in range(fits - 14, fits + 1))


def text(value: str) -> str:
    """A string literal of Prisma's schema language."""
    return json.dumps(value, ensure_ascii=False)


def schema(case: Case, provider: Provider, version: int, *, twice: bool) -> str:
    """A model with one object of each kind on the case's columns; `twice`: with two of each that has a name of its own."""
    fields = [f"f{i}" for i in range(len(case.columns))]
    own = "\n".join(f"  {field} Int @map({text(column)})" for field, column in zip(fields, case.columns, strict=True))
    listed = ", ".join(fields)
    names = ["one", "two"] if twice else ["one"]
    relations = "\n".join(f'  {name} Other @relation("{name}", fields: [{listed}], references: [{listed}])' for name in names)
    objects = "\n".join([f"  @@unique([{listed}])\n  @@index([{listed}])"] * len(names))
    backs = "\n".join(f'  {name} Model[] @relation("{name}")' for name in names)
    other = "\n".join(f"  {field} Int" for field in fields)
    return (
        f"{header(provider, version)}"
        f"model Model {{\n  key Int @id\n{own}\n{relations}\n{objects}\n  @@map({text(case.table)})\n}}\n\n"
        f"model Other {{\n{other}\n{backs}\n  @@id([{listed}])\n}}\n"
    )


DDL = {
    Kind.PRIMARY_KEY: r'CONSTRAINT "(.*?)" PRIMARY KEY \("key"\)',
    Kind.UNIQUE: r'CREATE UNIQUE INDEX "(.*?)" ON "',
    Kind.INDEX: r'CREATE INDEX "(.*?)" ON "',
    Kind.FOREIGN_KEY: r'ADD CONSTRAINT "(.*?)" FOREIGN KEY',
}
SETTABLE = {Provider.POSTGRESQL: tuple(DDL), Provider.SQLITE: (Kind.UNIQUE, Kind.INDEX)}
CLASH = r"attribute \"(@@unique|@@index|@relation)\": The given constraint name `(.*?)` has to be unique in"
ATTRIBUTES = {"@@unique": Kind.UNIQUE, "@@index": Kind.INDEX, "@relation": Kind.FOREIGN_KEY}


def from_ddl(engine: Engine, case: Case, provider: Provider, version: int) -> list[Name]:
    """The names in the script that makes the case."""
    script = engine.ddl(schema(case, provider, version, twice=False), version)
    found = [(kind, re.search(DDL[kind], script, re.DOTALL)) for kind in SETTABLE[provider]]
    return [_named(kind, case, match[1]) for kind, match in found if match]


def from_validator(engine: Engine, case: Case, provider: Provider, version: int) -> list[Name]:
    """The names in the validator's complaint about the case with everything twice."""
    complaint = engine.validate(schema(case, provider, version, twice=True), version)
    found = {ATTRIBUTES[attribute]: name for attribute, name in re.findall(CLASH, complaint, re.DOTALL)}
    return [_named(kind, case, name) for kind, name in found.items()]


def _named(kind: Kind, case: Case, name: str) -> Name:
    return Name(kind, case.table, ("key",) if kind is Kind.PRIMARY_KEY else case.columns, name)


def names_of(engine: Engine, case: Case, provider: Provider) -> list[Name]:
    """The names of one case, on which every version asked agrees."""
    asked = [from_validator(engine, case, provider, version) for version in (5, *VERSIONS)]
    if provider in WITH_DDL:
        asked += [from_ddl(engine, case, provider, version) for version in VERSIONS]
    agreed = set(asked[-1])
    if not all(answer and set(answer) <= agreed for answer in asked):
        raise AssertionError(f"{case} has different names in different versions: {asked}")
    return asked[-1]


def join_names(engine: Engine, relation: str, provider: Provider) -> list[Name]:
    """The names of an implicit many-to-many table, on which both versions agree; none where byte 56 of the table's name is
    inside a character: there the engine panics."""
    side = f"@relation({text(relation)})"
    models = f"model A {{\n  id Int @id\n  bs B[] {side}\n}}\n\nmodel B {{\n  id Int @id\n  as A[] {side}\n}}\n"
    try:
        answers = [_joined(engine.ddl(header(provider, version) + models, version), provider) for version in VERSIONS]
    except EngineError as error:
        if "is not a char boundary" not in error.message:
            raise
        return []
    if answers[0] != answers[1]:
        raise AssertionError(f"{relation}: {answers}")
    return answers[0]


def _joined(script: str, provider: Provider) -> list[Name]:
    table = re.findall(r'CREATE TABLE "(_.*?)" \(', script)[0]
    foreign = re.findall(r'ADD CONSTRAINT "(_.*?)" FOREIGN KEY \("(.)"\)', script) if provider is Provider.POSTGRESQL else []
    return [
        *(Name(Kind.PRIMARY_KEY, table, ("A", "B"), name) for name in re.findall(r'CONSTRAINT "(_.*?)" PRIMARY KEY', script)),
        *(Name(Kind.UNIQUE, table, ("A", "B"), name) for name in re.findall(r'CREATE UNIQUE INDEX "(_.*?)" ON "', script)),
        *(Name(Kind.INDEX, table, ("B",), name) for name in re.findall(r'CREATE INDEX "(_.*?)" ON "', script)),
        *(Name(Kind.FOREIGN_KEY, table, (column,), name) for name, column in foreign),
    ]


def everything(engine: Engine, provider: Provider) -> dict[str, list[Name]]:
    """All names of one provider: of ordinary tables, and of implicit many-to-many tables where the engine makes them."""
    ordinary = [name for case in dict.fromkeys(cases(provider)) for name in names_of(engine, case, provider)]
    relations = joins(provider) if provider in WITH_DDL else ()
    joined = [name for relation in relations for name in join_names(engine, relation, provider)]
    return {"names": list(dict.fromkeys(ordinary)), "join_tables": list(dict.fromkeys(joined))}


def main() -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    with Engine() as engine:
        for provider in PROVIDERS:
            (DATA / f"{provider}.json").write_text(rendered(provider, everything(engine, provider)), encoding="utf-8")


if __name__ == "__main__":
    main()
