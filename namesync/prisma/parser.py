"""Text -> syntax tree. Whatever it can't understand is a SchemaError at its place.

Checked against the real engine of Prisma 6 and 7. The rules that surprise: a statement is one line (no attribute spans
lines), `{` ends its line, a comment may stand before or behind a statement but never inside, spaces may stand almost everywhere
(`@@ index ( [a] )`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

from namesync.prisma.source import BYTE_ORDER_MARK, Source
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
from namesync.prisma.tokens import PATTERNS, SPACES, Token, TokenKind, token_at

FIELD_BLOCKS = frozenset({"model", "type", "view"})
SETTING_BLOCKS = frozenset({"datasource", "generator"})
KEYWORDS = FIELD_BLOCKS | SETTING_BLOCKS | {"enum"}

_DEEPEST = 100  # values in values; real schemas have three
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([0-9a-fA-F]{4})|u([0-9a-fA-F]{4})|(.))")  # a pair first
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_ARITIES = {arity.value: arity for arity in Arity}

# What is read at once: several tokens, with the spaces before each.
_SPACE, _NEWLINE, _COMMENT, _STRING, _NUMBER = (
    PATTERNS[kind] for kind in (TokenKind.SPACE, TokenKind.NEWLINE, TokenKind.COMMENT, TokenKind.STRING, TokenKind.NUMBER)
)
_W = f"(?!{_NUMBER}){PATTERNS[TokenKind.WORD]}"
_READ = (
    rf"(?:(?P<text>{_STRING})|(?P<number>{_NUMBER})"
    rf"|(?P<word>{_W})(?:(?P<call>{SPACES}\(){SPACES})?|(?P<open>[\[{{]){SPACES})"
)
_ATTRIBUTE = rf"(?:{SPACES}({_W})(?:({SPACES}\(){SPACES})?)?"

_GAP = re.compile(f"(?:{_SPACE}|{_COMMENT}|{_NEWLINE})*")
_COMMENTS = re.compile(f"(?:{_SPACE}|{_COMMENT})*")
_END_OF_STATEMENT = re.compile(rf"{_COMMENTS.pattern}(?:{_NEWLINE}|\Z){_GAP.pattern}")
_WORD = re.compile(f"{SPACES}({_W})")
_FIELD = re.compile(rf"{SPACES}({_W}){SPACES}({_W})(?:{SPACES}(\?|\[\]?))?")
_ARITY = re.compile(rf"{SPACES}(\?|\[\]?)")
_UNSUPPORTED = re.compile(rf"\({SPACES}(?:{_STRING}){SPACES}\)")
_ON_FIELD = re.compile(f"{SPACES}(@(?!@)){_ATTRIBUTE}")
_ON_BLOCK = re.compile(f"{SPACES}(@@){_ATTRIBUTE}")
_NAMED = re.compile(f"{SPACES}({_W}){SPACES}:")
_ARGUMENT = re.compile(f"{SPACES}(?:(?P<name>{_W}){SPACES}:{SPACES}|(?!{_W}{SPACES}:)){_READ}")
_VALUE = re.compile(f"{SPACES}{_READ}")
_MARKS = {mark: re.compile(f"{SPACES}{re.escape(mark)}") for mark in ":={}])?"}
_GOING_ON = {close: re.compile(f"{SPACES}({re.escape(close)}|,(?:{SPACES}{re.escape(close)})?)") for close in ")]}"}

_Item = TypeVar("_Item")


def parse(source: Source) -> Document:
    """The syntax tree of a file; raises SchemaError at what is not Prisma's schema language."""
    return Document(source, tuple(_Parser(source).blocks()))


class _Parser:
    """Recursive descent; `at` is the offset behind what has been read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.at = len(BYTE_ORDER_MARK) if source.text.startswith(BYTE_ORDER_MARK) else 0
        self.depth = 0

    # ---- pieces ----

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Reads what the pattern matches here, if it does."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def next(self) -> Token:
        """The token to come."""
        return token_at(self.text, self.at)

    def expect(self, mark: str, after: str) -> None:
        if not self.take(_MARKS[mark]):
            self.refuse(f'expected "{mark}" after {after}')

    def word(self, what: str) -> Token:
        found = self.take(_WORD) or self.refuse(f"expected {what}")
        return Token(TokenKind.WORD, found[1], found.start(1))

    def check_name(self, name: str, start: int, what: str) -> None:
        """Whether a word may name a model, a field, a value of an enum."""
        if "." in name or "-" in name or name[0].isdigit():
            raise self.source.error(f"{name} is not {what}: letters, digits and underscores, the first a letter", start)

    def refuse(self, expected: str) -> NoReturn:
        token = self.next()
        if token.text.startswith("/*") and token.kind is TokenKind.UNKNOWN:
            raise self.source.error("this comment has no end", token.start)
        if token.text.startswith('"') and token.kind is TokenKind.UNKNOWN:
            raise self.source.error("this string has no end on its line", token.start)
        found = "the end of the line" if token.kind is TokenKind.NEWLINE else f"{token.text[:40]!r}"
        hint = "an attribute must stand on one line" if token.kind is TokenKind.NEWLINE and self.depth else ""
        raise self.source.error(f"{expected}, found {found}", token.start, hint)

    # ---- blocks ----

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        while True:
            self.take(_GAP)
            if self.at == len(self.text):
                return found
            found.append(self.block())

    def block(self) -> Block:
        if self.next().text not in KEYWORDS:
            self.refuse("expected model, enum, view, type, datasource or generator")
        keyword = self.word("").text
        name = self.word(f"the name of a {keyword}")
        if keyword not in SETTING_BLOCKS:
            self.check_name(name.text, name.start, f"the name of a {keyword}")
        if keyword == "type" and self.take(_MARKS["="]):
            raise self.source.error("type aliases are no longer part of Prisma's language", name.start)
        self.expect("{", f"{keyword} {name.text}")
        self.rest_of_line()
        fields: list[Field] = []
        attributes: list[Attribute] = []
        settings: list[Setting] = []
        while not self.text.startswith("}", self.at):
            if self.at == len(self.text):
                raise self.source.error(f'{keyword} {name.text} has no "}}" on a line of its own', name.start)
            if keyword in SETTING_BLOCKS:
                settings.append(self.setting(keyword))
            elif found := _ON_BLOCK.match(self.text, self.at):
                attributes.append(self.attribute(found))
            elif keyword in FIELD_BLOCKS:
                fields.append(self.field())
            else:
                self.enum_value()
            if not self.take(_END_OF_STATEMENT):
                self.take(_COMMENTS)
                self.refuse("expected the line to end after this")
        self.at += 1
        return Block(keyword, name.text, name.start, tuple(fields), tuple(attributes), tuple(settings))

    def rest_of_line(self) -> None:
        """Passes over what stands behind {, as Prisma does."""
        while (token := self.next()).kind is not TokenKind.NEWLINE:
            if re.search(r"[\r\n]", token.text):  # Prisma sees its first line only
                raise self.source.error("a comment behind { must end on its line", token.start)
            self.at = token.end
        self.take(_GAP)

    def setting(self, keyword: str) -> Setting:
        name = self.word(f"a property of the {keyword}")
        self.expect("=", name.text)
        return Setting(name.text, self.value(), name.start)

    def enum_value(self) -> None:
        name = self.word("a value of the enum")
        self.check_name(name.text, name.start, "a value of the enum")
        self.field_attributes()

    # ---- fields ----

    def field(self) -> Field:
        found = self.take(_FIELD) or self.refuse_field()
        name, kind, arity = found.groups("")
        self.check_name(name, found.start(1), "a field or an attribute")
        if kind == "Unsupported":
            kind, arity = "", self.unsupported(found)
        if arity == "[":
            self.refuse("expected [] behind the type of a list")
        if arity == "[]" and (optional := self.take(_MARKS["?"])):
            raise self.source.error("a list can't be optional", optional.end() - 1)
        return Field(name, kind, found.start(2), _ARITIES[arity], self.field_attributes(), found.start(1))

    def refuse_field(self) -> NoReturn:
        name = self.word("a field or an attribute")
        self.check_name(name.text, name.start, "a field or an attribute")
        if colon := self.take(_MARKS[":"]):
            raise self.source.error("a field needs no colon before its type", colon.end() - 1)
        self.refuse(f"expected the type of the field {name.text}")

    def unsupported(self, found: re.Match[str]) -> str:
        """Reads on behind the word; gives the arity."""
        self.at = found.end(2)
        if not self.take(_UNSUPPORTED):
            raise self.source.error('expected Unsupported("..") with the type of the database', found.start(2))
        arity = self.take(_ARITY)
        return arity[1] if arity else ""

    # ---- attributes ----

    def field_attributes(self) -> tuple[Attribute, ...]:
        attributes: list[Attribute] = []
        while found := _ON_FIELD.match(self.text, self.at):
            attributes.append(self.attribute(found))
        return tuple(attributes)

    def attribute(self, found: re.Match[str]) -> Attribute:
        self.at = found.end()
        marks, name, opening = found.groups()
        if name is None:
            self.refuse("expected the name of an attribute")
        start, name_end = found.start(1), found.end(2)
        if opening is None:
            return Attribute(marks + name, (), start, name_end, None, name_end)
        inside = found.end(3)
        arguments = self.listed(self.argument, ")", inside)
        return Attribute(marks + name, arguments, start, name_end, inside, self.at)

    def listed(self, item: Callable[[], _Item], close: str, inside: int) -> tuple[_Item, ...]:
        """The items up to the closing mark, with commas between them. `inside`: the offset behind the opening mark."""
        if self.depth == _DEEPEST:
            raise self.source.error("values are nested too deeply", inside - 1)
        if self.text.startswith(close, self.at):
            self.at += 1
            return ()
        self.depth += 1
        items = [item()]
        going_on = _GOING_ON[close].match
        while True:
            found = going_on(self.text, self.at) or self.refuse(f'expected "," or "{close}"')
            self.at = found.end()
            mark = found[1]
            if mark == close:
                self.depth -= 1
                return tuple(items)
            if mark != ",":
                raise self.source.error("a list must not end with a comma", found.start(1))
            items.append(item())

    def argument(self) -> Argument:
        found = self.take(_ARGUMENT)
        if found is None:
            named = self.take(_NAMED)
            self.refuse(f"expected the value of {named[1]}" if named else "expected an argument")
        name = found["name"]
        value = self.read(found)
        return Argument(name or "", value, found.start("name") if name else value.start, self.at)

    # ---- values ----

    def value(self) -> Value:
        return self.read(self.take(_VALUE) or self.refuse("expected a value"))

    def read(self, found: re.Match[str]) -> Value:
        """The value that begins with what a pattern has found."""
        kind = found.lastgroup or ""
        start, end = found.span(kind)
        if kind == "word":
            return Word(found[kind], start, end)
        if kind == "text":
            return Text(self.unescaped(found[kind], start), start, end)
        if kind == "number":
            return Number(found[kind], start, end)
        if kind == "call":
            return Call(found["word"], self.listed(self.argument, ")", end), found.start("word"), self.at)
        if found["open"] == "[":
            return Array(self.listed(self.value, "]", end), start, self.at)
        return Record(self.listed(self.argument, "}", end), start, self.at)

    def unescaped(self, literal: str, start: int) -> str:
        """The text of a string literal; its escapes are those of JSON."""
        inside = literal[1:-1]
        if "\\" not in inside:
            return inside

        def resolve(match: re.Match[str]) -> str:
            try:
                if match[4]:
                    return _ESCAPES[match[4]]
                return bytes.fromhex(match[3] or match[1] + match[2]).decode("utf-16-be")
            except (KeyError, UnicodeDecodeError):
                raise self.source.error(f"unknown escape {match[0]!r} in a string", start + 1 + match.start()) from None

        return _ESCAPE.sub(resolve, inside)
