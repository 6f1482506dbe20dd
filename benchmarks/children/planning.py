"""Plans renames of every object there is, as `emit --adopt-defaults` does: `planning.py RENAMES`. Prints seconds as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time

from benchmarks import worlds
from namesync.cli import COLLECTOR
from namesync.model import Catalog, Definition, Key, Kind, Object, Part, Provider, Reference, Table, TableRef, catalog
from namesync.plan import adopted, merge

_EACH = 8  # objects a table


def world(renames: int) -> Catalog:
    """The tables of `worlds`, each object with an old name."""
    refs = [TableRef("public", f"Entity{number}") for number in range(renames // _EACH)]
    objects = [obj for number, ref in enumerate(refs) for obj in _objects(refs, number, ref)]
    columns = ("id", "code", "email", "title", "status", "amount", "createdAt", "updatedAt", "parentId", "otherId")
    tables = [Table(ref, columns) for ref in refs]
    return catalog(Provider.POSTGRESQL, "18.0", ("public",), tables=tables, objects=objects)


def _objects(refs: list[TableRef], number: int, ref: TableRef) -> list[Object]:
    def obj(kind: Kind, columns: tuple[str, ...], definition: Definition, target: Reference | None = None) -> Object:
        return Object(Key(kind, ref, columns, target), f"old_{kind}_{ref.name}_{'_'.join(columns)}", definition)

    def indexed(columns: tuple[str, ...]) -> Definition:
        return Definition(method="btree", parts=(Part(),) * len(columns))

    referring = Definition(constraint=True, on_delete="SET NULL", on_update="CASCADE")
    targets = (("parentId", worlds.parent(number)), ("otherId", number // 2))
    return [
        obj(Kind.PRIMARY_KEY, ("id",), indexed(("id",))),
        *(obj(Kind.UNIQUE if kind == "key" else Kind.INDEX, over, indexed(over)) for kind, over in worlds.INDEXES),
        *(obj(Kind.FOREIGN_KEY, (column,), referring, Reference(refs[to], ("id",))) for column, to in targets),
    ]


def main() -> None:
    gc.set_threshold(*COLLECTOR)
    have = {"prod": world(int(sys.argv[1]))}
    began = time.perf_counter()
    wanted = adopted(have, "prod")
    asked = time.perf_counter()
    file = merge(have, wanted)
    merged = time.perf_counter()
    assert len(file.changes) == int(sys.argv[1])
    print(json.dumps({"the names wanted": asked - began, "the file: planned, proved and tried": merged - asked}))


if __name__ == "__main__":
    main()
