"""Every error namesync raises on purpose, as one tree; each says what, where and what to do.

    NamesyncError            exit code 2: it could not run
    |-- UsageError           the command line, or the Python arguments
    |-- ConfigError          namesync.toml, pyproject.toml, .env, a variable that is not set
    |-- ConnectionFailed     unreachable, refused, timed out, wrong password
    |-- Unsupported          a provider, server version or format namesync does not know
    |-- SnapshotError        a damaged or newer snapshot
    |-- SchemaError          a schema.prisma that can't be read (file, line, column)
    |-- MigrationError       a migrations folder or _prisma_migrations that can't be used
    `-- PlanError            a plan that failed its own proof: nothing is written

No message holds a password: what looks like one is starred out of every error, whoever made its text.
"""

from __future__ import annotations

import re

# The secret begins after `scheme://user:` and runs to the last @ before the next URL or the end of the line. A word without one
# may be a port, which is no secret.
_PASSWORD = re.compile(
    r"(?P<head>:/{1,3}[^\s:/?#\[…]*:)"
    r"(?:\S*@(?:(?:(?!\w:/).)*@)?|(?!\d{1,5}(?![^\s/?#,;.:)\]}'\"]))(?:(?:(?!\w:/).)*@|\S*))",
)
_PARAMETER = re.compile(
    r"(?i)(?P<head>(?<![\w-])[\w-]*(?:password|passwd|pwd|api_?key|token|secret)\s?=\s?)(?:'[^'\n]*'|\"[^\"\n]*\")?[^&\s]*"
)


def redact(text: str) -> str:
    """Any text with the passwords of the URLs and parameters in it replaced by `***`; rather too much than too little."""
    text = _PASSWORD.sub(lambda match: match["head"] + ("***@" if match[0].endswith("@") else "***"), text)
    return _PARAMETER.sub(r"\g<head>***", text)


class NamesyncError(Exception):
    """The root: `what` happened (with where), and a `hint` on what to do about it, possibly empty.

    `what` may quote anything; `hint` is ours, and quotes no URL.
    """

    exit_code = 2

    def __init__(self, what: str, hint: str = "") -> None:
        self.what = redact(what)
        self.hint = hint
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what}\n{self.hint}" if self.hint else self.what


class UsageError(NamesyncError):
    """Arguments that make no sense together, or name something unknown."""


class ConfigError(NamesyncError):
    """A configuration file or variable that can't be used."""


class ConnectionFailed(NamesyncError):  # noqa: N818 - reads better than ConnectionFailedError
    """A database that can't be reached, or that refuses or hangs."""


class Unsupported(NamesyncError):  # noqa: N818 - an adjective says it
    """A provider, server version or file format outside what namesync reads."""


class SnapshotError(NamesyncError):
    """A snapshot file that is damaged, or written by a newer namesync."""


class SchemaError(NamesyncError):
    """A `schema.prisma` that can't be understood, with file, line and column (both from 1)."""

    def __init__(self, what: str, *, file: str, line: int, column: int, hint: str = "") -> None:
        super().__init__(f"{file}:{line}:{column}: {what}", hint)
        self.file = file
        self.line = line
        self.column = column


class MigrationError(NamesyncError):
    """A migrations folder, or the table `_prisma_migrations`, that can't be used."""


class PlanError(NamesyncError):
    """A plan that failed its own proof; nothing has been written."""
