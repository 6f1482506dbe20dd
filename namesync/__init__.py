"""namesync: finds and mends drifted names of keys, constraints and indexes between the databases of a Prisma project."""

from __future__ import annotations

__version__ = "0.1.0"
