"""The sessions of the documents, typed: a small shell that knows the commands the documents use, and no others."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

import psycopg
import pytest

from namesync.sources.url import parse_url
from tests.cli.conftest import Run
from tests.docs.pages import blocks, steps
from tests.docs.prisma import npx_prisma
from tests.e2e.prisma import Prisma
from tests.servers import Server, database_of

_QUOTED = re.compile(r"('[^']*')")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ASSIGNMENT = re.compile(r"(\w+)=(.*)", re.DOTALL)


@dataclass
class Session:
    """A person at a terminal, in the folder that is the working directory.

    `databases` are the real URLs of the variables that the documents export with an example in it.
    """

    namesync: Run
    server: Server
    prisma: Callable[[], Prisma]
    databases: dict[str, str]
    monkeypatch: pytest.MonkeyPatch
    variables: dict[str, str] = field(default_factory=dict)
    code: int = 0

    def type(self, line: str) -> str:
        """What the terminal shows after a command: standard output, then what went to standard error."""
        line = line.replace("$?", str(self.code))
        words = [word for quoted in shlex.split(self._filled(line), comments=True) for word in _globbed(quoted)]
        target = None
        if ">" in words:
            target = Path(words[words.index(">") + 1])
            words = words[: words.index(">")]
        given: dict[str, str] = {}
        while words and (match := _ASSIGNMENT.fullmatch(words[0])):
            given[match[1]] = match[2]
            words = words[1:]
        text = self._run(words, {**self.variables, **given})
        if target is not None:
            target.write_text(text)
            return ""
        return text

    def export(self, name: str, value: str) -> None:
        """Set a variable, to the real URL where it is one of a database."""
        self.variables[name] = self.databases.get(name, value)
        self.monkeypatch.setenv(name, self.variables[name])

    def _filled(self, line: str) -> str:
        """The line with its variables filled in, as a shell does outside of single quotes."""
        parts = _QUOTED.split(line)
        fill = lambda match: self.variables[match[1] or match[2]]  # noqa: E731
        return "".join(part if part.startswith("'") else _VARIABLE.sub(fill, part) for part in parts)

    def _run(self, words: list[str], variables: dict[str, str]) -> str:
        commands: dict[str, Callable[[list[str], dict[str, str]], str]] = {
            "namesync": self._namesync,
            "npx": lambda words, variables: npx_prisma(words[1:], variables["DATABASE_URL"], self.prisma()),
            "psql": self._sql,
            "export": self._export,
            "echo": lambda words, _: f"{' '.join(words)}\n",
            "cat": lambda words, _: "".join(Path(word).read_text() for word in words),
            "mkdir": _mkdir,
        }
        assert words[0] in commands, f"{words[0]}: the documents' tests don't know it"
        return commands[words[0]](words[1:], variables)

    def _namesync(self, words: list[str], _: dict[str, str]) -> str:
        ended = self.namesync(*words)
        self.code = ended.code
        return ended.out + ended.err

    def _export(self, words: list[str], _: dict[str, str]) -> str:
        for word in words:
            name, _, value = word.partition("=")
            self.export(name, value)
        return ""

    def _sql(self, words: list[str], _: dict[str, str]) -> str:
        """`psql -q URL -f FILE` and `psql -q URL -c STATEMENT`, which print nothing but the server's refusal."""
        quiet, url, option, text = words
        assert quiet == "-q"
        script = Path(text).read_text() if option == "-f" else text
        try:
            self.server.execute(url, script)
        except psycopg.Error as error:
            return f"ERROR:  {error.diag.message_primary}\n"
        return ""


def _globbed(word: str) -> list[str]:
    return sorted(glob(word)) or [word] if "*" in word else [word]


def _mkdir(words: list[str], _: dict[str, str]) -> str:
    assert words[0] == "-p"
    Path(words[1]).mkdir(parents=True, exist_ok=True)
    return ""


# ---- whole documents ----

VERSIONS = {"postgresql": "18.4", "mysql": "9.7.0", "mariadb": "10.11.14"}
"""What the documents show, whatever server they were tried on."""

_VERSION = re.compile(rf"\b({'|'.join(VERSIONS)}) \d[\w.]*(?:-\w+)*")


def shown(text: str, session: Session) -> str:
    """What a session prints, without what differs from run to run."""
    text = text.replace(str(Path.cwd()), "/home/you/shop")
    for variable, url in session.databases.items():
        name = variable.removesuffix("DATABASE_URL").rstrip("_").lower() or "dev"
        place = f"{session.server.provider.family}://postgres@localhost/shop_{name}"
        text = re.sub(re.escape(parse_url(url, base=Path.cwd()).shown) + " {2,}", f"{place:<48}  ", text)
        text = text.replace(database_of(url), f"shop_{name}")
    return _VERSION.sub(lambda match: f"{match[1]} {VERSIONS[match[1]]}", text)


def play(page: Path, session: Session, *, renew: bool) -> None:
    """Writes the files of a document and types its commands, in order; each prints what the document says.

    Three dots stand for anything on a line, a line of three dots for any lines. `renew` rewrites what is printed, where there
    are no dots in it.
    """
    text = page.read_text(encoding="utf-8")
    after: list[str] = []
    end = 0
    for block in blocks(text):
        if block.file and block.language != "console":
            path = Path(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body)
        for step in steps(block) if block.language == "console" else ():
            printed = shown(session.type(step.command), session)
            if not renew or "..." in step.output:
                assert _alike(printed, step.output), f"{page.name}: $ {step.command}\n{printed}"
                continue
            gap = "\n" * (len(step.output) - len(step.output.rstrip("\n")) - 1)
            after += [text[end : step.start], printed.rstrip("\n"), "\n" if printed else "", gap if printed else ""]
            end = step.end
    if renew:
        page.write_text("".join([*after, text[end:]]), encoding="utf-8")


def _alike(printed: str, told: str) -> bool:
    """Whether what is told is what was printed; blank lines at the end don't count."""
    lines = told.rstrip("\n").splitlines()
    pattern = "".join("(?:.*\n)*?" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + "\n" for line in lines)
    return re.fullmatch(pattern, f"{printed.rstrip()}\n" if printed.strip() else "") is not None
