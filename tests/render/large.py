"""Reports of any size."""

from __future__ import annotations

from dataclasses import replace

from namesync.model import Key, Kind, TableRef
from namesync.report import Finding, Report
from tests.render.reports import DRIFT, GUIDE, environment


def large(number: int) -> Report:
    """Four environments, eight objects a table."""

    def finding(place: int) -> Finding:
        table = TableRef("", f"table_{place // 8:05}")
        key = Key(Kind.INDEX, table, (f"column_{place % 8}", "tenant_id"))
        old, new = f"{table.name}_old_name_of_{place}", f"{table.name}_column_{place % 8}_tenant_id_idx"
        names = {"prod": old, "staging": old, "qa": new, "dev": new}
        return replace(
            DRIFT, key=key, names=names, message=f"{old} in prod and staging, {new} in qa and dev", fingerprint=str(place)
        )

    environments = tuple(map(environment, ("prod", "staging", "qa", "dev")))
    return replace(GUIDE, environments=environments, findings=tuple(map(finding, range(number))), objects=number)
