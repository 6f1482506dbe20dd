"""Reads a schema of so many models, lists what it declares, edits the names: `editing.py MODELS`. Prints seconds as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time

from benchmarks import worlds
from namesync.cli import COLLECTOR
from namesync.convention import PROFILES
from namesync.prisma.edits import apply_edits, map_edits
from namesync.prisma.schema import Schema, read_schema
from namesync.prisma.source import Source


def edit(schema: Schema, drifted: bool) -> str:
    """A `map:` for each name that drifts in production; all of them removed again where not `drifted`."""
    declared = [each for each in schema.declared(PROFILES["prisma"]) if each.attribute is not None]
    names = {each: f"old_{each.default}" if drifted and worlds.drifts(each.default) else each.default for each in declared}
    (document,) = schema.documents
    return apply_edits(document.source.text, map_edits(names).get(document.source.file, ()))


def main() -> None:
    gc.set_threshold(*COLLECTOR)
    text = worlds.prisma(int(sys.argv[1]), "postgresql")
    began = time.perf_counter()
    schema = read_schema([Source("schema.prisma", text)])
    read = time.perf_counter()
    schema.catalog(PROFILES["prisma"])
    listed = time.perf_counter()
    mapped = edit(schema, drifted=True)
    edited = time.perf_counter()
    assert mapped.count("map:") > int(sys.argv[1])
    print(json.dumps({"reading it": read - began, "what it declares": listed - read, "editing it": edited - listed}))


if __name__ == "__main__":
    main()
