"""Worlds compared, their findings by rule."""

from __future__ import annotations

from namesync.check import check
from namesync.convention import PROFILES
from namesync.match import match
from namesync.model import Catalog
from namesync.report import Finding, Rule


def judge(authority: str = "prod", declared: Catalog | None = None, **catalogs: Catalog) -> dict[Rule, list[Finding]]:
    findings = check(catalogs, match(catalogs), authority=authority, profile=PROFILES["prisma"], declared=declared)
    return {rule: [one for one in findings if one.rule is rule] for rule in Rule if any(f.rule is rule for f in findings)}
