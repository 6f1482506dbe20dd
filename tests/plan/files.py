"""Files for one environment, and what databases hold."""

from __future__ import annotations

from namesync.model import Catalog
from namesync.plan import Options, Style, Wanted, merge, unqualified
from namesync.render.sql import script
from tests.readers.reading import read_url

GUARDED = Options(Style.GUARDED)


def read(url: str) -> Catalog:
    return unqualified({"only": read_url(url)})["only"]


def file(catalog: Catalog, options: Options = GUARDED, **wanted: str) -> str:
    asked = {obj: wanted[obj.name] for obj in catalog.objects if obj.name in wanted and not obj.implicit}
    assert len(asked) == len(wanted)
    merged = merge({"only": catalog}, Wanted({"only": asked}, {"only": []}), options)
    assert not merged.plans["only"].blocked
    return script(merged.changes, merged.dialect, checked=options.checked)


def names(url: str) -> list[str]:
    return sorted(obj.name for obj in read_url(url).objects)
