"""Large schemas are read, listed and edited in seconds, in a time that grows as they do."""

from __future__ import annotations

import time

import pytest

from benchmarks.children.editing import edit
from benchmarks.worlds import prisma
from namesync.errors import SchemaError
from namesync.prisma.schema import read_schema
from namesync.prisma.source import Source
from tests.prisma.reading import PRISMA, schema_of


def seconds(models: int) -> float:
    """Of the processor, for all that `emit` does with a schema of so many models."""
    source = Source("schema.prisma", prisma(models, "postgresql"))
    start = time.process_time()
    schema = read_schema([source])
    assert len(schema.catalog(PRISMA).objects) == 8 * models
    assert len(edit(schema, drifted=True)) > len(source.text)
    return time.process_time() - start


def test_ten_thousand_models() -> None:
    small, large = seconds(1_000), seconds(10_000)
    assert large < 60
    assert large < 10 * small * 4  # quadratic would be 10 times as slow per model


def test_one_model_with_thousands_of_fields_and_indexes() -> None:
    fields = 5_000
    lines = "".join(f'  f{number} Int\n  @@index([f{number}], map: "i{number}")\n' for number in range(fields))
    start = time.process_time()
    assert len(schema_of(f"model A {{\n  id Int @id\n{lines}}}\n").declared(PRISMA)) == fields + 1
    assert time.process_time() - start < 30


@pytest.mark.parametrize("opening", ["[", "f(", "{ a: "])
def test_depth_without_end_is_refused(opening: str) -> None:
    """Not with the interpreter's own error."""
    with pytest.raises(SchemaError, match="nested too deeply"):
        schema_of(f"model A {{\n  id Int @id\n  @@index({opening * 100_000}\n}}\n")
