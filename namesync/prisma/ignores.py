"""`/// namesync-ignore: why` in a `schema.prisma`: which findings are left out, said where the objects are declared.

It stands above a model, a field or a block attribute, or behind one on its line; `namesync-ignore[rule, rule]: why` means these
rules only. Three slashes, because `prisma db pull` drops comments with two; above block attributes it drops them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeAlias

from namesync.model import Key, Kind, Location, TableRef
from namesync.prisma.source import Source
from namesync.prisma.tokens import Token, TokenKind, tokenize
from namesync.report import Rule

MARK = "namesync-ignore"

_COMMENT = re.compile(rf"(?P<opening>//+|/\*+)[\s*]*{MARK}\b(?P<rest>.*)", re.DOTALL)
_REST = re.compile(r"(?:\[(?P<rules>[^\[\]]*)\])?[ \t]*:[ \t]*(?P<reason>\S.*)")
_BETWEEN = (TokenKind.BYTE_ORDER_MARK, TokenKind.SPACE, TokenKind.NEWLINE, TokenKind.COMMENT)


@dataclass(frozen=True, slots=True)
class Subject:
    """The objects of a table: all of them, or those on exactly these columns, and of this kind where it is given."""

    table: TableRef
    columns: tuple[str, ...] | None = None
    kind: Kind | None = None

    def covers(self, key: Key, *, folded: bool = False) -> bool:
        """Whether the key is one of them; `folded`: tables are compared without regard to case.

        Schemas count only where both tables have one: in keys they are left out where every environment has one in scope.
        """
        have, want = key.table, self.table
        return (
            (have.name.lower() == want.name.lower() if folded else have.name == want.name)
            and (not have.schema or not want.schema or have.schema == want.schema)
            and self.columns in (None, key.columns)
            and self.kind in (None, key.kind)
        )


@dataclass(frozen=True, slots=True)
class IgnoreComment:
    """One such comment; `rules` () means all of them."""

    subject: Subject
    rules: tuple[Rule, ...]
    reason: str
    location: Location

    def within(self, schema: str) -> IgnoreComment:
        """The comment, its table in this schema of the database."""
        return replace(self, subject=replace(self.subject, table=TableRef(schema, self.subject.table.name)))


Subjects: TypeAlias = Mapping[tuple[str, int], Subject]
"""File and offset where a statement begins -> what it declares."""


def ignore_comments(source: Source, subjects: Subjects) -> Iterator[IgnoreComment]:
    """The comments of one file; raises SchemaError at one that says nothing, or that stands where nothing is declared."""
    for comment, place in _placed(source.text):
        found = _COMMENT.match(comment.text)
        if found is None:
            continue
        if found["opening"] != "///":
            raise source.error(f"{MARK} is written with three slashes", comment.start, "prisma db pull drops other comments")
        rest = _REST.fullmatch(found["rest"].rstrip())
        if rest is None:
            raise source.error(f'expected "{MARK}: why" or "{MARK}[rule]: why"', comment.start)
        subject = subjects.get((source.file, place))
        if subject is None:
            hint = "it belongs above a model, a field or an attribute such as @@index, or behind it on its line"
            raise source.error(f"{MARK} stands where nothing with a name is declared", comment.start, hint)
        rules = tuple(_rules(rest["rules"], source, comment))
        yield IgnoreComment(subject, rules, rest["reason"], source.location(comment.start))


def _placed(text: str) -> Iterator[tuple[Token, int]]:
    """Each comment, and where the statement begins that it stands behind or else above; at the end of the file its length."""
    waiting: list[Token] = []
    statement = -1  # that of this line, -1 for none
    for token in tokenize(text):
        if token.kind is TokenKind.NEWLINE:
            statement = -1
        elif token.kind is TokenKind.COMMENT and statement < 0:
            waiting.append(token)
        elif token.kind is TokenKind.COMMENT:
            yield token, statement
        elif token.kind not in _BETWEEN and statement < 0:
            statement = token.start
            yield from ((comment, statement) for comment in waiting)
            waiting.clear()
    yield from ((comment, len(text)) for comment in waiting)


def _rules(text: str | None, source: Source, comment: Token) -> Iterator[Rule]:
    for word in text.split(",") if text is not None else ():
        name = word.strip()
        if name not in tuple(Rule):
            near = get_close_matches(name, Rule, n=1)
            hint = f"did you mean {near[0]}?" if near else f"rules: {', '.join(Rule)}"
            raise source.error(f"{MARK} names the unknown rule {name!r}", comment.start, hint)
        yield Rule(name)
