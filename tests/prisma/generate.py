"""Random schemas that Prisma accepts, in every layout its language allows.

The same seed gives the same schema. What the engine may still refuse is two objects of one name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

TYPES = ("Int", "String", "BigInt")
NAMES = ("User", "Post", "order_item", "Größe", "名前", "X", "model", "Map1", "A" * 31, "Veryé" * 9, "type", "zz_top")
DATABASE_NAMES = (
    "users",
    "order items",
    "a.b",
    "Ünïcode",
    "日本語テーブル",
    "x" * 55,
    "y" * 61,
    "é" * 29,
    "UPPER",
    "semi;colon",
    "it's",
    "-dash",
    "emoji😀",
)
MAPS = (
    "pk",
    "ix_1",
    "sp ace",
    "quo'te",
    "back\\slash",
    "tab\tbed",
    "ü" * 20,
    "n" * 63,
    "日本",
    "//no comment",
    "a)b",
    "{}",
    "😀",
)


@dataclass
class _Model:
    name: str
    table: str
    schema: str = ""
    ignored: bool = False
    fields: list[str] = field(default_factory=list)
    attributes: list[str] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)  # scalar field -> type
    id: tuple[str, ...] = ()
    indexed: set[tuple[str, ...]] = field(default_factory=set)


def generate(seed: int, provider: str) -> dict[str, str]:
    """The files of one schema, by name."""
    return _Generator(Random(f"{provider} {seed}"), provider).files()


class _Generator:
    def __init__(self, random: Random, provider: str) -> None:
        self.random = random
        self.provider = provider
        self.postgresql = provider == "postgresql"
        self.schemas = ["one", "two sch"] if self.postgresql and self.chance(0.2) else []
        self.emulated = self.chance(0.1)
        self.newline = random.choice(("\n", "\n", "\r\n"))
        self.models = [self.model(name) for name in random.sample(self.model_names(), random.randint(1, 5))]
        self.used: set[str] = set()
        for number in range(random.randint(0, 4)):
            self.relation(number)
        for model in self.models:
            self.indexes(model)

    def model_names(self) -> tuple[str, ...]:
        """Without those whose first letter takes several bytes on MySQL: Prisma's data model, asked there, panics at them."""
        return tuple(name for name in NAMES if self.provider != "mysql" or name[0].isascii())

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # ---- layout ----

    def space(self) -> str:
        return self.random.choice(("", "", "", " ", "  ", "\t"))

    def gap(self) -> str:
        return self.random.choice((" ", " ", "  ", "\t", "     "))

    def call(self, name: str, arguments: Sequence[str]) -> str:
        inside = f"{self.space()},{self.gap()}".join(arguments)
        return f"{name}{self.space()}({self.space()}{inside}{self.space()})"

    def attribute(self, name: str, arguments: Sequence[str]) -> str:
        marks = "@@" if name.startswith("@@") else "@"
        name = marks + self.random.choice(("", "", "", " ")) + name[len(marks) :]
        if not arguments and self.chance(0.8):
            return name
        return self.call(name, arguments)

    def named(self, name: str, value: str) -> str:
        return f"{name}{self.space()}:{self.gap()}{value}"

    def text(self, value: str) -> str:
        return json.dumps(value, ensure_ascii=self.chance(0.3))

    def comment(self) -> str:
        texts = ("", "", "", "", " // see @@index([x])", ' /// "doc" }', "\t//", " /* a */", " // @id(map: ")
        return self.random.choice(texts)

    def files(self) -> dict[str, str]:
        newline = self.newline
        lines = [f'  provider = "{self.provider}"', '  url = "file:./unused"']
        if self.schemas:
            lines.append(f"  schemas = {json.dumps(self.schemas)}")
        if self.emulated:
            lines.append('  relationMode = "prisma"')
        blocks = [["datasource db {", *lines, "}"], ["enum Color {", "  Red", '  Blue @map("blue")', *self.enum_schema(), "}"]]
        blocks += [self.block(model) for model in self.models]
        texts = [newline.join(block) for block in blocks]
        if len(texts) < 4 or self.chance(0.7):
            return {"schema.prisma": (newline * 2).join(texts) + self.random.choice(("", newline))}
        middle = len(texts) // 2
        return {"a.prisma": (newline * 2).join(texts[:middle]) + newline, "b/c.prisma": newline.join(texts[middle:]) + newline}

    def enum_schema(self) -> list[str]:
        return [f'  @@schema("{self.schemas[0]}")'] if self.schemas else []

    def block(self, model: _Model) -> list[str]:
        attributes = list(model.attributes)
        if model.table != model.name:
            attributes.append(self.attribute("@@map", [self.named("name", self.text(model.table))]))
        if model.schema:
            attributes.append(f"@@schema({self.text(model.schema)})")
        if model.ignored:
            attributes.append("@@ignore")
        self.random.shuffle(attributes)
        lines = [f"{self.space()}  {line}{self.comment()}" for line in (*model.fields, *attributes)]
        for _ in range(self.random.randint(0, 2)):
            noise = self.random.choice(("", "  // free", f"  /* two{self.newline}  lines */", "   /// doc"))
            lines.insert(self.random.randint(0, len(lines)), noise)
        return [f"model{self.gap()}{model.name}{self.gap()}{{{self.comment()}", *lines, "}"]

    # ---- models ----

    def model(self, name: str) -> _Model:
        table = name
        if self.chance(0.4):
            table = f"{self.random.choice(DATABASE_NAMES)}{NAMES.index(name)}"
        model = _Model(name, table, self.random.choice(self.schemas) if self.schemas else "", self.chance(0.1))
        for number in range(self.random.randint(1, 4)):
            self.column(model, f"f{number}", self.random.choice(TYPES))
        if self.chance(0.75):
            self.column(model, "id", self.random.choice(TYPES), (self.attribute("@id", self.key_arguments()),))
            model.id = ("id",)
        else:
            model.id = tuple(model.columns)[: self.random.randint(1, 3)]
            fields = self.fields([*model.id])
            client = [self.named("name", '"client"')] if self.chance(0.3) and len(model.id) > 1 else []
            model.attributes.append(self.attribute("@@id", self.shuffled([fields, *client, *self.key_arguments()])))
        return model

    def key_arguments(self) -> list[str]:
        return [self.map()] if self.postgresql and self.chance(0.3) else []

    def column(self, model: _Model, name: str, type_: str, attributes: Sequence[str] = (), optional: str = "") -> None:
        attributes = list(attributes)
        if self.chance(0.3):
            attributes.append(self.attribute("@map", [self.text(f"{self.random.choice(DATABASE_NAMES)[:40]}{name}")]))
        if self.chance(0.1) and not model.ignored and name.startswith("f"):
            attributes.append("@ignore")
        self.random.shuffle(attributes)
        model.columns[name] = type_
        model.fields.append(f"{name}{self.gap()}{type_}{optional}{self.gap()}{self.gap().join(attributes)}".rstrip())

    def map(self) -> str:
        limit = 60 if self.provider == "mysql" else 63
        name = f"{self.random.randint(0, 999)}{self.random.choice(MAPS)}"
        return self.named("map", self.text(name.encode()[:limit].decode(errors="ignore")))

    def fields(self, names: Sequence[str]) -> str:
        items = f"{self.space()},{self.space()}".join(names)
        listed = names[0] if len(names) == 1 and self.chance(0.1) else f"[{self.space()}{items}{self.space()}]"
        return self.named("fields", listed) if self.chance(0.2) else listed

    def shuffled(self, arguments: list[str]) -> list[str]:
        if self.chance(0.3):
            self.random.shuffle(arguments)
        return arguments

    # ---- keys and indexes ----

    def indexes(self, model: _Model) -> None:
        for _ in range(self.random.randint(0, 4)):
            names = self.random.sample(list(model.columns), self.random.randint(1, min(3, len(model.columns))))
            name = self.random.choice(("@@unique", "@@index", "@@index"))
            again = tuple(names) in model.indexed
            model.indexed.add(tuple(names))
            model.attributes.append(self.index(model, name, names, again))

    def index(self, model: _Model, name: str, names: Sequence[str], again: bool) -> str:
        arguments = []
        if again or self.chance(0.4):
            mapped = self.map()
            arguments.append(mapped.replace("map", "name", 1) if name == "@@index" and self.chance(0.2) else mapped)
        if name == "@@unique" and self.chance(0.2):
            arguments.append(self.named("name", f'"c{len(model.attributes)}"'))
        method = ""
        if self.postgresql and name == "@@index" and len(names) == 1 and self.chance(0.2):
            method = self.random.choice(("Hash", "Brin", "BTree"))
            arguments.append(self.named("type", method))
        parts = [self.part(model, column, sortable=method in ("", "BTree")) for column in names]
        return self.attribute(name, self.shuffled([self.fields(parts), *arguments]))

    def part(self, model: _Model, column: str, *, sortable: bool) -> str:
        arguments = []
        if sortable and self.chance(0.2):
            arguments.append(self.named("sort", self.random.choice(("Asc", "Desc"))))
        if self.provider == "mysql" and model.columns[column] == "String" and self.chance(0.3):
            arguments.append(self.named("length", "10"))
        return self.call(column, arguments) if arguments else column

    # ---- relations ----

    def relation(self, number: int) -> None:
        one, other = self.random.choice(self.models), self.random.choice(self.models)
        if self.emulated:  # Prisma then refuses cycles
            if one is other:
                return
            one, other = sorted((one, other), key=self.models.index)
        pair = "-".join(sorted((one.name, other.name)))
        name = ""
        if one is other or pair in self.used or self.chance(0.4):
            name = self.random.choice(("Rel", "a b", "é", "r" * 50)) + str(number)
        self.used.add(pair)
        if self.chance(0.3) and len(one.id) == len(other.id) == 1:
            self.many_to_many(one, other, number, name)
        else:
            self.foreign_key(one, other, number, name)

    def relation_name(self, name: str) -> list[str]:
        if not name:
            return []
        return [self.named("name", self.text(name)) if self.chance(0.3) else self.text(name)]

    def many_to_many(self, one: _Model, other: _Model, number: int, name: str) -> None:
        for model, target, side in ((one, other, "m"), (other, one, "n")):
            model.fields.append(f"{side}{number} {target.name}[]{self.back(model, target, name)}")

    def foreign_key(self, one: _Model, other: _Model, number: int, name: str) -> None:
        """`one` holds the columns."""
        optional = "?" if self.chance(0.4) else ""
        single = self.chance(0.3)
        columns = [f"k{number}{place}" for place in range(len(other.id))]
        for column, target in zip(columns, other.id, strict=True):
            unique = [self.attribute("@unique", self.unique_arguments())] if single and len(columns) == 1 else []
            self.column(one, column, other.columns[target], unique, optional)
        if single and len(columns) > 1:
            one.attributes.append(self.attribute("@@unique", [self.fields(columns)]))
            one.indexed.add(tuple(columns))
        listed = f"[{', '.join(columns)}]", f"[{', '.join(other.id)}]"
        arguments = [self.named("fields", listed[0]), self.named("references", listed[1])]
        for action in ("onDelete", "onUpdate"):
            if self.chance(0.3):
                known = ["Cascade", "Restrict", *(["SetNull"] if optional else []), *([] if self.emulated else ["NoAction"])]
                arguments.append(self.named(action, self.random.choice(known)))
        if self.provider != "sqlite" and self.chance(0.3):
            arguments.append(self.map())
        forward = self.attribute("@relation", self.shuffled([*self.relation_name(name), *arguments]))
        ignore = " @ignore" if other.ignored and not one.ignored else ""
        one.fields.append(f"r{number} {other.name}{optional} {forward}{ignore}")
        other.fields.append(f"b{number} {one.name}{'?' if single else '[]'}{self.back(other, one, name)}")

    def back(self, model: _Model, target: _Model, name: str) -> str:
        """The attributes of a relation field without columns."""
        attribute = f" {self.attribute('@relation', self.relation_name(name))}" if name else ""
        return attribute + (" @ignore" if target.ignored and not model.ignored else "")

    def unique_arguments(self) -> list[str]:
        arguments = [self.map()] if self.chance(0.4) else []
        if self.chance(0.2):
            arguments.append(self.named("sort", "Desc"))
        return self.shuffled(arguments)
