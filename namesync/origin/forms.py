"""Names that a tool makes of the table and columns alone, as templates.

Each was taken from the tool itself (see docs/origins.md); the same form from several tools is told as all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from namesync.model import Kind
from namesync.origin.subject import Subject

PK, FK, UNIQUE, INDEX = Kind.PRIMARY_KEY, Kind.FOREIGN_KEY, Kind.UNIQUE, Kind.INDEX


@dataclass(frozen=True, slots=True)
class Form:
    """One way a tool names one kind of object.

    In the template, `{columns}` are joined by `_`, `{and_columns}` by `_and_`, `{first}` is the first one, `{snake}` is table
    and columns in snake case, `{to}` and `{to_columns}` the target. `lower`: the tool writes the name in lower case. `telling`:
    distinctive enough to be known on a table that has another name today. `common`: people name things so themselves.
    """

    tools: tuple[str, ...]
    kinds: tuple[Kind, ...]
    template: str
    lower: bool = False
    telling: bool = False
    common: bool = False


FORMS = (
    Form(("Prisma 2",), (UNIQUE,), "{table}.{columns}_unique", telling=True),
    Form(("Prisma 2",), (INDEX,), "{table}.{columns}_index", telling=True),
    Form(("Prisma 2",), (INDEX,), "{table}.{columns}_idx", telling=True),
    Form(("Prisma 2",), (UNIQUE,), "{table}_{columns}_unique"),  # a one-to-one relation's
    Form(("Prisma 1",), (UNIQUE,), "{table}.{columns}._UNIQUE", telling=True),
    Form(("Rails",), (INDEX, UNIQUE), "index_{table}_on_{and_columns}", telling=True),
    Form(("Knex", "Laravel"), (FK,), "{table}_{columns}_foreign", lower=True, telling=True),
    Form(("Knex", "Laravel"), (UNIQUE,), "{table}_{columns}_unique", lower=True),
    Form(("Knex", "Laravel"), (INDEX,), "{table}_{columns}_index", lower=True),
    Form(("Laravel",), (PK,), "{table}_{columns}_primary", lower=True),
    Form(("MikroORM",), (FK,), "{table}_{columns}_foreign", telling=True),
    Form(("MikroORM", "Drizzle"), (UNIQUE,), "{table}_{columns}_unique"),
    Form(("MikroORM",), (INDEX,), "{table}_{columns}_index"),
    Form(("Drizzle", "Ecto"), (INDEX, UNIQUE), "{table}_{columns}_index"),
    Form(("Drizzle",), (FK,), "{table}_{columns}_{to}_{to_columns}_fk", telling=True),
    Form(("Drizzle",), (FK,), "{table}_{columns}_{to}_{to_columns}_fkey", telling=True),
    Form(("Drizzle", "Sequelize"), (PK,), "{table}_{columns}_pk"),
    Form(("Sequelize",), (FK,), "{table}_{columns}_{to}_fk", telling=True),
    Form(("Sequelize",), (FK,), "{table}_{columns}_foreign_idx", telling=True),
    Form(("Sequelize",), (UNIQUE,), "{table}_{columns}_uk"),
    Form(("Sequelize",), (INDEX, UNIQUE), "{snake}", common=True),
    Form(("SQLAlchemy",), (INDEX, UNIQUE), "ix_{table}_{first}", common=True),
    Form(("SQLAlchemy",), (UNIQUE,), "uq_{table}_{columns}", common=True),
    Form(("SQLAlchemy",), (UNIQUE,), "uq_{table}_{first}", common=True),
    Form(("SQLAlchemy",), (FK,), "fk_{table}_{columns}_{to}"),
    Form(("SQLAlchemy",), (FK,), "fk_{table}_{first}_{to}"),
    Form(("SQLAlchemy", "Entity Framework Core"), (PK,), "pk_{table}", common=True),
    Form(("SQLAlchemy", "Entity Framework Core"), (INDEX, UNIQUE), "ix_{table}_{columns}", common=True),
    Form(("Entity Framework Core",), (FK,), "fk_{table}_{to}_{columns}"),
    Form(("Entity Framework Core",), (UNIQUE,), "ak_{table}_{columns}"),
    Form(("Entity Framework Core",), (PK,), "PK_{table}", common=True),
    Form(("Entity Framework Core",), (INDEX, UNIQUE), "IX_{table}_{columns}", common=True),
    Form(("Entity Framework Core",), (FK,), "FK_{table}_{to}_{columns}"),
    Form(("Entity Framework Core",), (UNIQUE,), "AK_{table}_{columns}"),
    Form(("GORM",), (UNIQUE,), "uni_{table}_{columns}"),
    Form(("GORM",), (INDEX, UNIQUE), "idx_{table}_{columns}", common=True),
    Form(("GORM",), (FK,), "fk_{to}_{table}", common=True),
)

_ENDS = {
    kind: [(form, form.template.partition("{")[0], form.template.rpartition("}")[2]) for form in FORMS if kind in form.kinds]
    for kind in Kind
}
"""The forms of a kind, with how the names begin and end that they give."""


def made(about: Subject) -> str | None:
    """The tools that make this very name of these columns on this table."""
    found = [form for form, name in candidates(about, about.name) if name == about.name]
    return words(found) if found else None


def candidates(about: Subject, like: str | None = None) -> Iterator[tuple[Form, str]]:
    """Every form that fits the kind, with the name it gives; only those that could give the name `like`, where it is given."""
    if True in about.expressions:
        return
    values = _Values(about)
    for form, start, end in _ENDS[about.kind]:
        if like is None or (like.startswith(start) and like.endswith(end)):
            name = form.template.format_map(values)
            yield form, name.lower() if form.lower else name


def made_for_another_table(about: Subject) -> str | None:
    """The tools that make this name of these columns on a table of another name: the table's former one, as a rule."""
    if True in about.expressions:
        return None
    found: dict[str, list[Form]] = {}
    values = _Values(about)
    for form, _, _ in _ENDS[about.kind]:
        if form.telling:
            before, _, after = form.template.partition("{table}")
            before, after = before.format_map(values), after.format_map(values)
            former = _between(about.name, *((before.lower(), after.lower()) if form.lower else (before, after)))
            if former:
                former = former.rpartition(".")[2]  # some put the schema, Prisma 1 its project, before the table
                found.setdefault(former, []).append(form)
    for former, made_by in found.items():
        return words(made_by) + (f', for a table called "{former}"' if former != about.table else "")
    return None


def words(found: list[Form]) -> str:
    """`made by A, B or C`, with what speaks against it."""
    tools = list(dict.fromkeys(tool for form in found for tool in form.tools))
    listed = " or ".join(filter(None, (", ".join(tools[:-1]), tools[-1])))
    return f"as {listed} would name it, or named by hand" if all(form.common for form in found) else f"made by {listed}"


def _between(name: str, before: str, after: str) -> str:
    """What stands between the two, "" where they are not the ends of the name."""
    fits = len(name) > len(before) + len(after) and name.startswith(before) and name.endswith(after)
    return name[len(before) : len(name) - len(after)] if fits else ""


class _Values(dict[str, str]):
    """What stands for the words of a template, made when a template has them."""

    def __init__(self, about: Subject) -> None:
        super().__init__(table=about.table, columns="_".join(about.columns), to=about.to)
        self._about = about

    def __missing__(self, word: str) -> str:
        about = self._about
        match word:
            case "and_columns":
                return "_and_".join(about.columns)
            case "first":
                return about.columns[0] if about.columns else ""
            case "to_columns":
                return "_".join(about.to_columns)
            case "snake":
                return _snake("_".join((about.table, *about.columns)))
            case _:
                raise KeyError(word)


def _snake(text: str) -> str:
    """As the library `inflection`, which Sequelize uses, writes it."""
    return re.sub(r"([a-z\d])([A-Z])", r"\1_\2", re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", text)).replace("-", "_").lower()
