"""The lines at the head and the foot of a text report."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from namesync.render.columns import Text, styled
from namesync.render.terminal import visible
from namesync.render.words import counted
from namesync.report import SEVERITIES, EnvironmentSummary, Report, Rule, Severity

FEW = 4
"""More environments than these are counted or grouped instead of listed one by one."""


def environment_line(environment: EnvironmentSummary) -> str:
    """What was read from one environment, or why it could not be read."""
    if environment.error:
        return f"could not be read: {visible(environment.error)}"
    server = " ".join(filter(None, (environment.provider or "", visible(environment.server_version))))
    scope = f"{'schema' if len(environment.schemas) == 1 else 'schemas'} {', '.join(map(visible, environment.schemas))}"
    counts = f"{counted(environment.tables, 'table')}, {counted(environment.objects, 'object')}"
    return f"{server}, {scope}: {counts}" if environment.schemas else f"{server}: {counts}"


def closing(report: Report, *, notes: bool) -> Iterator[Text]:
    """The counts by rule, what is not shown, and what to do next. `notes`: the findings of that severity are shown."""
    read = [environment.name for environment in report.environments if not environment.error]
    yield styled(_verdict(report, read), "bold")
    counts = report.summary
    for rule, severity in SEVERITIES.items():
        if counts[rule]:
            hidden = severity is Severity.NOTE and not notes
            yield styled(f"  {severity.word:<8} {rule:<17} {counts[rule]:>4}{'  (-v shows them)' if hidden else ''}")
    left_out = {"ignored": ("on purpose", report.ignored), "accepted": ("by the baseline", report.accepted)}
    yield from (styled(f"  {word:<8} {why:<17} {number:>4}") for word, (why, number) in left_out.items() if number)
    for environment in report.environments:
        if environment.error:
            yield styled(f"{visible(environment.name)} could not be read: this comparison is incomplete.", "bold red")
    yield from _next(report)


def _verdict(report: Report, read: list[str]) -> str:
    if not read:
        return "Nothing was compared: no environment could be read."
    compared = f"{counted(report.objects, 'object')} compared in {_places(read)}"
    if not report.findings:
        return f"No findings: {compared}."
    weights = Counter(finding.severity for finding in report.findings)
    found = ", ".join(counted(weights[severity], severity.word) for severity in sorted(weights, reverse=True))
    return f"{found}: {compared}."


def _places(read: list[str]) -> str:
    if len(read) > FEW:
        return f"{len(read)} environments"
    return " and ".join(filter(None, (", ".join(map(visible, read[:-1])), visible(read[-1]))))


def _next(report: Report) -> Iterator[Text]:
    """What repairs the weightiest findings, and the pages of their rules; nothing where there are only notes."""
    top = max((finding.severity for finding in report.findings), default=Severity.NOTE)
    if top == Severity.NOTE:
        return
    found = {finding.rule for finding in report.findings if finding.severity is top}
    lines = []
    if found & {Rule.NAME_DRIFT, Rule.SCHEMA_MISMATCH}:
        # A schema.prisma has no server: emit is about databases, and finds the schema by itself.
        databases = [one for one in report.environments if one.server_version or one.error]
        names = [environment.name for environment in databases or report.environments]
        typed = [one.name if one.argument is None else one.argument for one in databases or report.environments]
        places = f" {' '.join(typed)}" if all(re.fullmatch(r"[\w./=-]+", word) for word in typed) and len(typed) <= FEW else ""
        wins = report.authority if report.authority in names else names[0]
        lines.append((f"namesync emit --keep-existing{places}", f"keep the names of {visible(wins)}"))
        lines.append((f"namesync emit --adopt-defaults{places}", "give all the names that Prisma gives"))
    lines += [(f"namesync explain {rule}", "what it means, what to do") for rule in sorted(found, key=list(Rule).index)]
    width = max(len(command) for command, _ in lines)
    yield styled("")
    yield styled("Next:")
    yield from (styled(f"  {command:<{width}}  {about}") for command, about in lines)
