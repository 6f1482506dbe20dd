"""Names that attack whoever shows them, and a report that has one wherever a report can have a text."""

from __future__ import annotations

from dataclasses import replace

from namesync.model import Key, Kind, Location, Provider, Reference, TableRef
from namesync.report import EnvironmentSummary, Finding, Report, Rule

NAMES = {
    "terminal": "\x1b[31mred\x1b[0m\x9b0m\x07",
    "html": "<script>hacked=1</script>",
    "end-of-script": "</script><img src=https://evil.example/x onerror=hacked=1><!--",
    "attribute": "\" onfocus=hacked=1 autofocus x='",
    "template": "{{ 7*7 }}{% raw %}${7*7}<%= 7*7 %>",
    "markdown": "**b** _i_ __u__ ~~s~~ # h\\ ![i](https://evil.example/i) [l](https://evil.example/l) <b>x</b>",
    "markdown-table": "a | b |\n|---|---|\n| c | d",
    "backticks": "`` ` ``` tick",
    "backslash-pipe": "a\\|b\\\\|c\\",
    "mention": "@octocat #1 GH-1 octo/cat#2 https://evil.example www.evil.example me@evil.example :smile: $x$",
    "command": "::error file=x::forged",
    "command-after-newline": "x\n::set-output name=a::b\r\n##[error]forged",
    "command-escapes": "100%25 %0A::error::x, a:b",
    "cdata": "]]> & &amp; <![CDATA[",
    "not-in-xml": "\ufffe\uffff\x00\x08",
    "surrogate": "\ud800\udc00x\udfff",
    "bidi": "\u202egnp.exe\u2066\u200f",
    "unseen": "a\u200b\ufeff\u2028\u2029\xa0b\U000e0041",
    "formula": "=cmd|'/c calc'!A0",
    "edges": "  spaced  ",
    "long": "x" * 300,
}


def report(name: str) -> Report:
    """Findings of every rule with the name as table, column, object, origin, definition, environment, file, message."""
    other = f"{name}2"
    key = Key(Kind.FOREIGN_KEY, TableRef(name, name), (name, "b"), Reference(TableRef(name, other), (name, "b")))
    finding = Finding(
        Rule.NAME_DRIFT,
        key,
        {name: name, "dev": other},
        f"it differs: {name} in {name}, {other} in dev",
        "0" * 32,
        expected=other,
        declared=name,
        origins={name: name, "dev": None},
        location=Location(f"prisma/{name}.prisma", 3, 4),
    )
    candidates = {name: (name, other), "dev": (other,)}
    differences = {name: {name: name, "dev": other}}
    findings = tuple(
        replace(
            finding,
            rule=rule,
            fingerprint=f"{place:032x}",
            candidates=candidates if rule is Rule.AMBIGUOUS_MATCH else {},
            differences=differences if rule is Rule.DEFINITION_DRIFT else {},
            location=finding.location if place % 2 else None,
        )
        for place, rule in enumerate(Rule)
    )
    environments = (
        EnvironmentSummary(name, Provider.POSTGRESQL, name, (name,), 1, 1, notes=(name,)),
        EnvironmentSummary("dev", Provider.MYSQL, "8.4", ("app",), 1, 1),
        EnvironmentSummary(other, None, "", (), 0, 0, error=name),
    )
    return Report("diff", "prisma", environments, findings, 9, authority=name, warnings=(name,), ignored=1)
