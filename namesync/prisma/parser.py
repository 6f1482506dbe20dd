"""Text -> syntax tree. Whatever it can't understand is a SchemaError at its place.

Checked against the real engine of Prisma 6 and 7. The rules that surprise: a statement is one line (no attribute spans
lines), `{` ends its line, a comment may stand before or behind a statement but never inside, spaces may stand almost everywhere
(`@@ index ( [a] )`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from namesync.errors import SchemaError
from namesync.prisma.source import Source
from namesync.prisma.syntax import (
    Argument,
    Arity,
    Array,
    Attribute,
    Block,
    Call,
    Document,
    Field,
    Number,
    Record,
    Setting,
    Text,
    Value,
    Word,
)
from namesync.prisma.tokens import Token, TokenKind, significant

FIELD_BLOCKS = frozenset({"model", "type", "view"})
SETTING_BLOCKS = frozenset({"datasource", "generator"})
KEYWORDS = FIELD_BLOCKS | SETTING_BLOCKS | {"enum"}

_DEEPEST = 100  # values in values; real schemas have three
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([0-9a-fA-F]{4})|u([0-9a-fA-F]{4})|(.))")  # a pair first
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}

_Item = TypeVar("_Item")


def parse(source: Source) -> Document:
    """The syntax tree of a file; raises SchemaError at what is not Prisma's schema language."""
    return Document(source, tuple(_Parser(source).blocks()))


class _Parser:
    """Recursive descent with two tokens in sight, `next` and `second`; `behind` is the offset behind the last one taken."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.end = Token(TokenKind.END, "", len(source.text))
        self.rest = significant(source.text)
        self.next = next(self.rest, self.end)
        self.second = next(self.rest, self.end)
        self.behind = 0
        self.depth = 0

    # ---- tokens ----

    def take(self) -> Token:
        token = self.next
        self.behind = token.end
        self.next = self.second
        self.second = next(self.rest, self.end)
        return token

    def mark(self, text: str, *, touching: bool = False) -> bool:
        """Takes the mark if it is next (`touching`: with no space before it)."""
        token = self.next
        if token.kind is not TokenKind.MARK or token.text != text or (touching and token.start != self.behind):
            return False
        self.take()
        return True

    def expect(self, text: str, after: str) -> None:
        if not self.mark(text):
            raise self.refusal(f'expected "{text}" after {after}')

    def word(self, what: str) -> Token:
        if self.next.kind is not TokenKind.WORD:
            raise self.refusal(f"expected {what}")
        return self.take()

    def name(self, what: str) -> Token:
        """A word that may name a model, a field, a value of an enum."""
        token = self.word(what)
        self.check_name(token, what)
        return token

    def check_name(self, token: Token, what: str) -> None:
        if "." in token.text or "-" in token.text or token.text[0].isdigit():
            raise self.source.error(
                f"{token.text} is not {what}: letters, digits and underscores, the first a letter", token.start
            )

    def refusal(self, expected: str) -> SchemaError:
        token = self.next
        if token.text.startswith("/*") and token.kind is TokenKind.UNKNOWN:
            return self.source.error("this comment has no end", token.start)
        if token.text.startswith('"') and token.kind is TokenKind.UNKNOWN:
            return self.source.error("this string has no end on its line", token.start)
        found = "the end of the line" if token.kind is TokenKind.NEWLINE else f"{token.text[:40]!r}"
        hint = "an attribute must stand on one line" if token.kind is TokenKind.NEWLINE and self.depth else ""
        return self.source.error(f"{expected}, found {found}", token.start, hint)

    def skip(self, *kinds: TokenKind) -> None:
        while self.next.kind in kinds:
            self.take()

    # ---- blocks ----

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        while True:
            self.skip(TokenKind.NEWLINE, TokenKind.COMMENT)
            if self.next.kind is TokenKind.END:
                return found
            found.append(self.block())

    def block(self) -> Block:
        keyword = self.next.text
        if keyword not in KEYWORDS:
            raise self.refusal("expected model, enum, view, type, datasource or generator")
        self.take()
        name = self.word(f"the name of a {keyword}")
        if keyword not in SETTING_BLOCKS:
            self.check_name(name, f"the name of a {keyword}")
        if keyword == "type" and self.mark("="):
            raise self.source.error("type aliases are no longer part of Prisma's language", name.start)
        self.expect("{", f"{keyword} {name.text}")
        self.rest_of_line()
        fields: list[Field] = []
        attributes: list[Attribute] = []
        settings: list[Setting] = []
        while not self.closed(keyword, name):
            if keyword in SETTING_BLOCKS:
                settings.append(self.setting(keyword))
            elif self.next.text == "@@":
                attributes.append(self.attribute())
            elif keyword in FIELD_BLOCKS:
                fields.append(self.field())
            else:
                self.enum_value()
            self.end_of_statement("this")
        return Block(keyword, name.text, name.start, tuple(fields), tuple(attributes), tuple(settings))

    def rest_of_line(self) -> None:
        """Passes over what stands behind {, as Prisma does."""
        while self.next.kind is not TokenKind.NEWLINE:
            if re.search(r"[\r\n]", self.next.text):  # Prisma sees its first line only
                raise self.source.error("a comment behind { must end on its line", self.next.start)
            self.take()
        self.take()

    def closed(self, keyword: str, name: Token) -> bool:
        self.skip(TokenKind.NEWLINE, TokenKind.COMMENT)
        if self.next.kind is TokenKind.END:
            raise self.source.error(f'{keyword} {name.text} has no "}}" on a line of its own', name.start)
        return self.mark("}")

    def end_of_statement(self, what: str) -> None:
        self.skip(TokenKind.COMMENT)
        if self.next.kind is not TokenKind.NEWLINE:
            raise self.refusal(f"expected the line to end after {what}")
        self.take()

    def setting(self, keyword: str) -> Setting:
        name = self.word(f"a property of the {keyword}")
        self.expect("=", name.text)
        return Setting(name.text, self.value(), name.start)

    def enum_value(self) -> None:
        self.name("a value of the enum")
        self.field_attributes()

    # ---- fields ----

    def field(self) -> Field:
        name = self.name("a field or an attribute")
        if self.mark(":"):
            raise self.source.error("a field needs no colon before its type", self.behind - 1)
        kind, start = self.type(name)
        return Field(name.text, kind, start, self.arity(), self.field_attributes(), name.start)

    def type(self, name: Token) -> tuple[str, int]:
        if self.next.kind is not TokenKind.WORD:
            raise self.refusal(f"expected the type of the field {name.text}")
        token = self.take()
        if token.text != "Unsupported":
            return token.text, token.start
        if not self.mark("(", touching=True) or self.take().kind is not TokenKind.STRING or not self.mark(")"):
            raise self.source.error('expected Unsupported("..") with the type of the database', token.start)
        return "", token.start

    def arity(self) -> Arity:
        if self.mark("?"):
            return Arity.OPTIONAL
        if not self.mark("["):
            return Arity.REQUIRED
        if not self.mark("]", touching=True):
            raise self.refusal("expected [] behind the type of a list")
        if self.next.text == "?":
            raise self.source.error("a list can't be optional", self.next.start)
        return Arity.LIST

    # ---- attributes ----

    def field_attributes(self) -> tuple[Attribute, ...]:
        found: list[Attribute] = []
        while self.next.text == "@":
            found.append(self.attribute())
        return tuple(found)

    def attribute(self) -> Attribute:
        marks = self.take()
        name = self.word("the name of an attribute")
        if not self.mark("("):
            return Attribute(marks.text + name.text, (), marks.start, name.end, None, name.end)
        inside = self.behind
        arguments = self.listed(self.argument, ")")
        return Attribute(marks.text + name.text, arguments, marks.start, name.end, inside, self.behind)

    def listed(self, item: Callable[[], _Item], close: str) -> tuple[_Item, ...]:
        """The items up to the closing mark, with commas between them."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.source.error("values are nested too deeply", self.behind - 1)
        found: list[_Item] = []
        while not self.mark(close):
            if found and not self.mark(","):
                raise self.refusal(f'expected "," or "{close}"')
            if found and self.next.text == close:
                raise self.source.error("a list must not end with a comma", self.behind - 1)
            found.append(item())
        self.depth -= 1
        return tuple(found)

    def argument(self) -> Argument:
        start = self.next.start
        name = ""
        if self.next.kind is TokenKind.WORD and self.second.text == ":":
            name = self.take().text
            self.take()
        value = self.value(f"the value of {name}" if name else "an argument")
        return Argument(name, value, start, self.behind)

    # ---- values ----

    def value(self, what: str = "a value") -> Value:
        token = self.next
        if token.kind is TokenKind.STRING:
            self.take()
            return Text(self.unescaped(token), token.start, token.end)
        if token.kind is TokenKind.NUMBER:
            self.take()
            return Number(token.text, token.start, token.end)
        if token.kind is TokenKind.WORD:
            self.take()
            if not self.mark("("):
                return Word(token.text, token.start, token.end)
            return Call(token.text, self.listed(self.argument, ")"), token.start, self.behind)
        if self.mark("["):
            return Array(self.listed(self.value, "]"), token.start, self.behind)
        if self.mark("{"):
            return Record(self.listed(self.argument, "}"), token.start, self.behind)
        raise self.refusal(f"expected {what}")

    def unescaped(self, token: Token) -> str:
        """The text of a string literal; its escapes are those of JSON."""
        inside = token.text[1:-1]
        if "\\" not in inside:
            return inside

        def resolve(match: re.Match[str]) -> str:
            try:
                if match[4]:
                    return _ESCAPES[match[4]]
                return bytes.fromhex(match[3] or match[1] + match[2]).decode("utf-16-be")
            except (KeyError, UnicodeDecodeError):
                raise self.source.error(f"unknown escape {match[0]!r} in a string", token.start + 1 + match.start()) from None

        return _ESCAPE.sub(resolve, inside)
