"""Which convention is meant: a profile by its name, or `auto`, which looks at the version of Prisma in use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from namesync.convention import PROFILES, Profile
from namesync.errors import UsageError
from namesync.files import json_of

NEWEST_KNOWN = 7
"""The newest major version of Prisma whose names are known."""

_GROUPS = ("dependencies", "devDependencies")


def profile_named(name: str, root: Path) -> tuple[Profile, tuple[str, ...]]:
    """The profile, and warnings about the choice. `root` is the folder where `auto` begins to look for a package.json.

    Raises `UsageError` for an unknown name.
    """
    if name in PROFILES:
        return PROFILES[name], ()
    if name != "auto":
        raise UsageError(f"unknown convention {name}", f"Known: {', '.join(PROFILES)}, auto.")
    major = prisma_major(root)
    if major is not None and major < 6:
        return PROFILES["prisma5"], ()
    late = major is not None and major > NEWEST_KNOWN
    warning = f"Prisma {major} is newer than this namesync: names are compared with those of Prisma {NEWEST_KNOWN}"
    return PROFILES["prisma"], (warning,) if late else ()


def prisma_major(folder: Path) -> int | None:
    """The major version of Prisma in the nearest package.json that has it, None where none tells.

    The installed version goes before the range in package.json, which may be `latest` or `workspace:*`.
    """
    for place in (folder, *folder.parents):
        manifest = _json(place / "package.json")
        groups = [group for name in _GROUPS if isinstance(group := manifest.get(name), dict)]
        for package in ("prisma", "@prisma/client"):
            wanted = [group[package] for group in groups if package in group]
            if wanted:
                installed = _json(place / "node_modules" / package / "package.json").get("version")
                return next(filter(None, map(_major, [installed, *wanted])), None)
    return None


def _json(path: Path) -> dict[str, Any]:
    """The object in a file; empty where there is none, which is no error: the file is not ours."""
    try:
        content = json_of(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _major(version: object) -> int | None:
    found = re.search(r"\d{1,9}", version) if isinstance(version, str) else None
    return int(found[0]) if found else None
