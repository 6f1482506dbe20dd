"""Where a finding is shown in a repository, for services that attach it to a line of a file."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

from namesync.model import Location
from namesync.report import Finding, Report

PRISMAS_OWN = "prisma/schema.prisma"
"""The file that stands for the project where no finding tells one."""


def place(finding: Finding) -> Location | None:
    """Where in the schema the finding's object is declared; None where it is in no schema."""
    if finding.location is None:
        return None
    return Location(_posix(finding.location.file), finding.location.line, finding.location.column)


def fallback(report: Report) -> Location:
    """The first line of the schema, as the findings know it, else of the one where Prisma looks first.

    Code scanning refuses a whole file for one result without a place ("expected at least one location"), and GitLab a report.
    """
    places = filter(None, map(place, report.findings))
    return Location(next((where.file for where in places), PRISMAS_OWN), 1, 1)


def _posix(path: str) -> str:
    """The path with forward slashes and without `./`, as services compare it with git's; what is no text in it is `?`."""
    windows = "\\" in path and "/" not in path
    spelled = PurePosixPath(PureWindowsPath(path).as_posix() if windows else path)
    return str(spelled).encode(errors="replace").decode()
