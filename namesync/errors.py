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

No message holds a password: callers pass URLs through `namesync.sources.url.redact` first.
"""

from __future__ import annotations


class NamesyncError(Exception):
    """The root: `what` happened (with where), and a `hint` on what to do about it, possibly empty."""

    exit_code = 2

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

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
