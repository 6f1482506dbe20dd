"""namesync: finds and mends drifted names of keys, constraints and indexes between the databases of a Prisma project.

The public functions and types are imported when they are first used, so that the program starts fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from namesync.api import diff, environments, load, snapshot
    from namesync.errors import NamesyncError
    from namesync.model import Catalog, Kind, Provider
    from namesync.report import Finding, Report, Rule, Severity

__version__ = "0.1.0"

__all__ = [
    "Catalog",
    "Finding",
    "Kind",
    "NamesyncError",
    "Provider",
    "Report",
    "Rule",
    "Severity",
    "__version__",
    "diff",
    "environments",
    "load",
    "snapshot",
]

_HOMES = {
    "namesync.api": ("diff", "environments", "load", "snapshot"),
    "namesync.errors": ("NamesyncError",),
    "namesync.model": ("Catalog", "Kind", "Provider"),
    "namesync.report": ("Finding", "Report", "Rule", "Severity"),
}


def __getattr__(name: str) -> Any:
    """A public name, from the module it lives in."""
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
