"""How long reading and editing a schema takes, and whether it is linear: python -m benchmarks.schema_reading"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from namesync.convention import PROFILES
from namesync.prisma.edits import apply_edits, map_edits
from namesync.prisma.schema import Schema, read_schema
from namesync.prisma.source import Source

SIZES = (1_250, 2_500, 5_000, 10_000)
MODEL = """
/// Model {0}, as `prisma db pull` prints it.
model Model{0} {{
  id        Int      @id @default(autoincrement())
  email     String   @unique(map: "Model{0}.email_unique") @db.VarChar(255) // who
  title     String
  createdAt DateTime @default(now()) @map("created_at")
  authorId  Int?
  author    Model{1}?  @relation("r{0}", fields: [authorId], references: [id], onDelete: Cascade)
  written   Model{2}[] @relation("r{2}")

  @@unique([title, createdAt(sort: Desc)])
  @@index([authorId], map: "Model{0}.authorId_index")
  @@map("model_{0}")
}}
"""

Result = TypeVar("Result")


def text(models: int) -> str:
    blocks = (MODEL.format(number, (number + 1) % models, (number - 1) % models) for number in range(models))
    return 'datasource db {\n  provider = "postgresql"\n}\n' + "".join(blocks)


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def edit(schema: Schema) -> int:
    declared = schema.declared(PROFILES["prisma"])
    edits = map_edits({each: each.default for each in declared if each.attribute is not None})
    return sum(len(apply_edits(document.source.text, edits[document.source.file])) for document in schema.documents)


def main() -> None:
    print("models        MB     read  catalog     edit   µs/model")
    for models in SIZES:
        source = Source("schema.prisma", text(models))
        reading, schema = timed(lambda source=source: read_schema([source]))
        listing, _ = timed(lambda schema=schema: schema.catalog(PROFILES["prisma"]))
        editing, _ = timed(lambda schema=schema: edit(schema))
        whole = reading + listing + editing
        size = len(source.text) / 1e6
        print(f"{models:6} {size:9.1f} {reading:7.2f}s {listing:7.2f}s {editing:7.2f}s {whole / models * 1e6:10.0f}")


if __name__ == "__main__":
    main()
