"""Reports made by hand: what every renderer has to cope with."""

from __future__ import annotations

from dataclasses import replace

from namesync.model import Key, Kind, Location, Provider, Reference, TableRef
from namesync.report import EnvironmentSummary, Finding, Report, Rule

POST = TableRef("", "Post")
USER = TableRef("", "User")
LONG = "the_longest_name_that_postgresql_keeps_has_exactly_63_bytes_" + "abc"


def environment(name: str, *notes: str) -> EnvironmentSummary:
    return EnvironmentSummary(name, Provider.POSTGRESQL, "16.14", ("public",), 2, 5, notes=notes)


DRIFT = Finding(
    Rule.NAME_DRIFT,
    Key(Kind.FOREIGN_KEY, POST, ("authorName",), Reference(USER, ("name",))),
    {"prod": "Custom_Production_Name", "dev": "Custom_Foreign_Key_Constraint"},
    "same foreign key, only the name differs: Custom_Production_Name in prod, Custom_Foreign_Key_Constraint in dev; "
    "Prisma would call it Post_authorName_fkey",
    "f01",
    expected="Post_authorName_fkey",
)
LONG_DRIFT = Finding(
    Rule.NAME_DRIFT,
    Key(Kind.UNIQUE, USER, ("email", "tenantId")),
    {"prod": LONG, "dev": "User.email_unique"},
    f"same unique, only the name differs: {LONG} in prod, User.email_unique in dev",
    "f02",
    expected="User_email_tenantId_key",
    origins={"prod": None, "dev": "Prisma 2"},
)
MISMATCH = Finding(
    Rule.SCHEMA_MISMATCH,
    Key(Kind.PRIMARY_KEY, USER, ("id",)),
    {"prod": "User_pkey", "dev": "Custom_Primary_Key"},
    "same primary key, only the name differs",
    "f03",
    expected="User_pkey",
    declared="User_pkey",
    location=Location("prisma/schema.prisma", 7, 3),
)
COLLISION = Finding(
    Rule.NAME_COLLISION,
    Key(Kind.INDEX, POST, ("title",)),
    {"prod": "Post_title_idx", "dev": "title"},
    "in dev, a table has the name Post_title_idx already, which title should get: it can't be renamed before that is settled",
    "f04",
    expected="Post_title_idx",
)
AMBIGUOUS = Finding(
    Rule.AMBIGUOUS_MATCH,
    Key(Kind.INDEX, POST, ("a", "b")),
    {"prod": None, "dev": None},
    "several objects are the same index and can't be told apart",
    "f05",
    candidates={"prod": ("x1", "x2"), "dev": ("y1", "y2")},
)
DEFINITION = Finding(
    Rule.DEFINITION_DRIFT,
    Key(Kind.INDEX, USER, ("name",)),
    {"prod": "User_name_idx", "dev": "User_name_idx"},
    "same index on the same columns, but its definition differs: method: btree in prod, hash in dev",
    "f06",
    expected="User_name_idx",
    differences={"method": {"prod": "btree", "dev": "hash"}},
)
MISSING = Finding(
    Rule.MISSING_OBJECT,
    Key(Kind.INDEX, POST, ("lower(title)",)),
    {"prod": None, "dev": "Post_lower_idx"},
    "this index is in dev, not in prod",
    "f07",
)
OFF = Finding(
    Rule.OFF_CONVENTION,
    Key(Kind.PRIMARY_KEY, POST, ("id",)),
    {"prod": "odd_pk", "dev": "odd_pk"},
    "odd_pk in every environment; Prisma would call it Post_pkey",
    "f08",
    expected="Post_pkey",
)
UNMANAGED = Finding(
    Rule.UNMANAGED_OBJECT,
    Key(Kind.INDEX, USER, ("lower(email)",)),
    {"prod": "email_lower", "dev": "email_lower"},
    "email_lower: an expression index; namesync reports it and never renames it",
    "f09",
)
EVERYTHING = Report(
    "diff",
    "prisma",
    (environment("prod"), environment("dev", "this role can't see foreign keys")),
    (DRIFT, COLLISION, AMBIGUOUS, MISSING, OFF, MISMATCH, LONG_DRIFT, DEFINITION, UNMANAGED),
    11,
    authority="prod",
    ignored=2,
    warnings=("the ignore for off-convention on legacy_* ended on 2026-01-01",),
)
GUIDE = replace(EVERYTHING, environments=(environment("prod"), environment("dev")), findings=(DRIFT,), ignored=0, warnings=())
CLEAN = replace(GUIDE, findings=())
UNREACHABLE = replace(
    GUIDE,
    environments=(
        environment("prod"),
        EnvironmentSummary("qa", None, "", (), 0, 0, error="postgresql://db.example.com/app: nothing listens there"),
        environment("dev"),
    ),
)
NOTHING_READ = replace(
    CLEAN,
    environments=tuple(EnvironmentSummary(name, None, "", (), 0, 0, error="no answer in time") for name in ("prod", "dev")),
    objects=0,
)
SCHEMAS = replace(
    GUIDE,
    environments=tuple(replace(one, schemas=("auth", "public")) for one in GUIDE.environments),
    findings=(
        replace(
            DRIFT,
            key=Key(Kind.FOREIGN_KEY, TableRef("public", "Post"), ("a", "b"), Reference(TableRef("auth", "User"), ("a", "b"))),
        ),
    ),
)
TENANTS = replace(
    GUIDE,
    environments=tuple(environment(f"tenant_{number:02}") for number in range(12)),
    authority="tenant_00",
    findings=(
        replace(
            DRIFT,
            names={f"tenant_{number:02}": "old_name" if number in (3, 7) else "Post_authorName_fkey" for number in range(12)},
            message="same foreign key, only the name differs",
        ),
    ),
)
SERVER_WITHOUT_NAMES = replace(
    GUIDE,
    findings=(
        replace(DRIFT, rule=Rule.MISSING_OBJECT, names={"prod": "", "dev": None}, message="only in prod", expected=None),
    ),
)
"""SQLite keeps no name for a foreign key."""

REPORTS = {
    "everything": EVERYTHING,
    "guide": GUIDE,
    "clean": CLEAN,
    "unreachable": UNREACHABLE,
    "nothing-read": NOTHING_READ,
    "schemas": SCHEMAS,
    "tenants": TENANTS,
    "without-names": SERVER_WITHOUT_NAMES,
}
