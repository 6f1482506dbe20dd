"""Prisma's files: `schema.prisma` found, read, compared and edited; the migrations folder.

schema = load_schema(find_schema(Path.cwd()))
schema.catalog(profile)                     # like every other source
plan = keep_existing(schema, live, profile) # the names of a database, as edits
write_changes(plan.files)
"""

from __future__ import annotations

from namesync.prisma.discover import find_schema
from namesync.prisma.edits import Edit, apply_edits, map_edits
from namesync.prisma.keep import KeepPlan, keep_existing
from namesync.prisma.schema import Declared, Schema, load_schema
from namesync.prisma.write import write_changes

__all__ = [
    "Declared",
    "Edit",
    "KeepPlan",
    "Schema",
    "apply_edits",
    "find_schema",
    "keep_existing",
    "load_schema",
    "map_edits",
    "write_changes",
]
