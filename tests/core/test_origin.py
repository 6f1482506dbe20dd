"""Names that Prisma and the servers made, told for what they are; names that people gave, of which nothing is told."""

from __future__ import annotations

import pytest

from namesync.model import Definition, Kind, Part, Provider
from tests.core.origins import FK, INDEX, MARIADB, MYSQL, PG, PK, SQLITE, UNIQUE, Case, cases, told

POST = "Post(authorId) > User(id)"
LONG = "long_table_" + "a" * 30
COLUMN = "long_column_" + "b" * 30


@cases(
    # Prisma 1: the dumps in the public repository prisma/prisma1 (server 1.34)
    Case(UNIQUE, "User(email)", "default$default.User.email._UNIQUE", "made by Prisma 1"),
    Case(UNIQUE, "User(email)", "User.email._UNIQUE", "made by Prisma 1"),
    Case(UNIQUE, "Person(email)", "my-app$dev.User.email._UNIQUE", 'made by Prisma 1, for a table called "User"'),
    Case(UNIQUE, "User(email)", "email_UNIQUE", "made by Prisma 1 or MySQL Workbench", MYSQL),
    Case(INDEX, "_PostToUser(A)", "_PostToUser_A", "made by Prisma 1"),
    Case(INDEX, "_PostToUser(B)", "_PostToUser_B", "made by Prisma 1"),
    Case(PK, "_RelayId(id)", "pk_RelayId", "made by Prisma 1"),
    Case(UNIQUE, "_PostToUser(A, B)", "_PostToUser_AB_unique", "Prisma's name in an implicit many-to-many table"),
    Case(PK, "Coinflips(nodeId, position)", "User_coinflips_pkey", 'the default name on a table called "User_coinflips"'),
    # Prisma 2: prisma-engines 2.28
    Case(UNIQUE, "User(email)", "User.email_unique", "made by Prisma 2"),
    Case(UNIQUE, "User(a, b)", "User.a_b_unique", "made by Prisma 2"),
    Case(INDEX, "Post(title)", "Post.title_index", "made by Prisma 2"),
    Case(INDEX, "Post(title)", "Post.title_idx", "made by Prisma 2", MYSQL),
    Case(UNIQUE, "users(email)", "User.email_unique", 'made by Prisma 2, for a table called "User"', SQLITE),
    Case(UNIQUE, "Profile(userId)", "Profile_userId_unique", "made by Prisma 2, MikroORM or Drizzle"),
    # Prisma 3 to 7, under other names of the table or the columns
    Case(FK, "Article(authorId) > User(id)", "Post_authorId_fkey", 'the default name on a table called "Post"'),
    Case(PK, "Article(id)", "Post_pkey", 'the default name on a table called "Post"'),
    Case(UNIQUE, "Users(email)", "User_email_key", 'the default name on a table called "User"', SQLITE),
    Case(INDEX, "posts(title)", "Post_title_idx", 'the default name on a table called "Post"'),
    Case(FK, POST, "Post_writerId_fkey", 'the default name for a column called "writerId"', MYSQL),
    Case(UNIQUE, "Post(tenant, slug)", "Post_slug_key", 'the default name for other columns: "slug"'),
    Case(INDEX, "Post(a)", "Post_b_c_idx", 'the default name for other columns: "b_c"', own=("a", "b", "c")),
    Case(
        FK, "_Tags(A) > Post(id)", "_PostToTag_A_fkey", 'Prisma\'s name in an implicit many-to-many table called "_PostToTag"'
    ),
    Case(
        UNIQUE,
        f"{'é' * 30}({'日' * 20})",
        f"{'é' * 30}_{'日' * 20}_key",
        "the default name, without the cut that Prisma makes at 64 bytes",
        MYSQL,
    ),
    Case(FK, POST, "post_authorid_fkey", "the default name in lower case, as SQL without quotes makes it"),
    # Prisma 8: prisma/orm, ADR 243
    Case(INDEX, "user(email)", "user_email_idx_46df9cad", "made by Prisma 8"),
)
def test_prisma(case: Case) -> None:
    assert told(case) == case.told


AUTO = "PostgreSQL's own automatic name"
TABLE = LONG[:40]
FULL = f"{TABLE}_author_account_uid_fkey"  # 64 bytes
CUT = "cut at 63 bytes by PostgreSQL"
NUMBERED = f"{AUTO}, numbered because the plain one was taken"


@cases(
    Case(UNIQUE, "users(email)", "users_email_idx", AUTO),
    Case(FK, POST, "Post_authorId_fkey1", NUMBERED),
    Case(UNIQUE, "users(email)", "users_email_key12", NUMBERED),
    Case(PK, "users(id)", "users_pkey1", NUMBERED),
    Case(UNIQUE, f"{LONG}({COLUMN})", "long_table_aaaaaaaaaaaaaaaaaa_long_column_bbbbbbbbbbbbbbbbb_key", AUTO),
    Case(FK, f"{LONG}({COLUMN}) > u(id)", "long_table_aaaaaaaaaaaaaaaaaa_long_column_bbbbbbbbbbbbbbbb_fkey", AUTO),
    Case(FK, "t(a, b) > u(a, b)", "t_a_fkey", AUTO),
    Case(INDEX, "t(a)", "t_a_b_c_idx", AUTO, definition=Definition(include=("b", "c"), predicate="x")),
    Case(INDEX, "t(lower(email))", "t_lower_idx", AUTO, definition=Definition(parts=(Part(expression=True),))),
    Case(INDEX, "t((a + 1))", "t_expr_idx", AUTO, definition=Definition(parts=(Part(expression=True),))),
    Case(INDEX, "t((a + 1),(b + 1))", "t_expr_expr1_idx", AUTO, definition=Definition(parts=(Part(expression=True),) * 2)),
    Case(INDEX, "t(a, b)", "t_a_b_excl", AUTO, definition=Definition(exclusion="a WITH =, b WITH &&")),
    Case(INDEX, "t(a)", "any_ccnew", "left over by PostgreSQL's REINDEX CONCURRENTLY"),
    Case(PK, "t(a)", "t_pkey_ccold1", "left over by PostgreSQL's REINDEX CONCURRENTLY"),
    Case(INDEX, "posts(author)", "idx_16411_posts_author", "made by pgloader"),
    Case(PK, "posts(id)", "idx_16411_primary", "made by pgloader"),
    # cut by the server
    Case(UNIQUE, f"{LONG}({COLUMN})", f"{LONG}_{COLUMN}"[:63], f"a longer name of table and columns, {CUT}"),
    Case(FK, f"{TABLE}(author_account_uid) > u(id)", f"{FULL}"[:63], f'"{FULL}", {CUT}'),
    Case(UNIQUE, f"{TABLE}(account_email_list)", f"{TABLE}.account_email_list_unique"[:63], f"made by Prisma 2, {CUT}"),
)
def test_postgresql(case: Case) -> None:
    assert told(case) == case.told


PT_OSC = "with the mark of pt-online-schema-change before it"
BEHIND = "of a foreign key on these columns, whose index this was"


@cases(
    Case(FK, POST, "Post_ibfk_1", "MySQL's own automatic name", MYSQL),
    Case(FK, POST, "post_ibfk_12", "MariaDB's own automatic name", MARIADB),
    Case(FK, POST, "Article_ibfk_1", 'MySQL\'s own automatic name, for a table called "Article"', MYSQL),
    Case(FK, POST, "_Post_gho_ibfk_1", "MySQL's own automatic name, on gh-ost's copy of the table", MYSQL),
    Case(FK, POST, "__Post_new_ibfk_1", "MySQL's own automatic name, on pt-online-schema-change's copy of the table", MYSQL),
    Case(FK, POST, "1", "MariaDB's own automatic name", MARIADB),
    Case(UNIQUE, "t(email)", "email", "named after its first column, as MySQL names what was given no name", MYSQL),
    Case(INDEX, "t(a, b)", "a_2", "named after its first column, as MariaDB names what was given no name", MARIADB),
    Case(
        INDEX,
        "t((a + 1))",
        "functional_index_2",
        "MySQL's own automatic name",
        MYSQL,
        Definition(parts=(Part(expression=True),)),
    ),
    Case(FK, POST, "fk_Post_User1", "made by MySQL Workbench", MYSQL),
    Case(INDEX, "Post(authorId)", "fk_Post_User1_idx", "made by MySQL Workbench", MYSQL),
    Case(FK, POST, "_Post_ibfk_1", f"MySQL's own automatic name, {PT_OSC}", MYSQL),
    Case(FK, POST, "__Post_authorId_fkey", f"the default name, {PT_OSC}", MYSQL),
    Case(INDEX, "Post(authorId)", "Post_authorId_fkey", f"the default name, {BEHIND}", MYSQL),
    Case(INDEX, "postings(user_id)", "fk_rails_0000000000", "made by Rails, for a table or columns of other names", MYSQL),
    Case(INDEX, "posts(author_id)", "posts_author_id_foreign", f"made by Knex, Laravel or MikroORM, {BEHIND}", MYSQL),
    Case(UNIQUE, "U(a)", "sqlite_autoindex_U_1", "SQLite's own automatic name", SQLITE),
)
def test_other_servers(case: Case) -> None:
    assert told(case) == case.told


@pytest.mark.parametrize("provider", [PG, MYSQL, MARIADB, SQLITE])
@pytest.mark.parametrize(
    ("kind", "target", "name"),
    [
        (FK, POST, "Custom_Production_Name"),
        (FK, POST, "Custom_Foreign_Key_Constraint"),
        (FK, POST, "fk_author"),
        (FK, POST, "author_fk"),
        (FK, POST, "Post_author"),
        (FK, POST, "fk_Post_authorId_fkey"),
        (FK, POST, "post_must_have_author"),
        (FK, POST, "FK_Post_User"),
        (FK, POST, "fkcustomerorderrelationship1"),
        (FK, POST, "_private_fk"),
        (FK, POST, "1st"),
        (UNIQUE, "Post(userId)", "userId_unique"),
        (UNIQUE, "Post(title)", "unique_title"),
        (UNIQUE, "Post(title)", "title_key"),
        (UNIQUE, "Post(title)", "my_key"),
        (UNIQUE, "Post(title)", "one_title_only"),
        (UNIQUE, "Post(title)", "UK_of_titles"),
        (UNIQUE, "Post(title)", "uq_title"),
        (INDEX, "Post(createdAt)", "Post_recent_idx"),
        (INDEX, "Post(createdAt)", "recent_posts"),
        (INDEX, "Post(createdAt)", "idx_recent"),
        (INDEX, "Post(createdAt)", "idx_2_recent"),
        (INDEX, "Post(createdAt)", "by_createdAt_idx"),
        (INDEX, "Post(createdAt)", "createdAt_1_new"),
        (INDEX, "Post(createdAt)", "index_on_createdAt"),
        (INDEX, "Post(createdAt)", "IDX_deadbeef"),
        (INDEX, "Post(createdAt)", "idx_on_recent_posts"),
        (INDEX, "Post(createdAt)", "x"),
        (PK, "Post(id)", "post_primary"),
        (PK, "Post(id)", "pkey"),
        (PK, "Post(id)", "my_pkey2"),
        (PK, "Post(id)", "PK_is_here"),
    ],
)
def test_names_that_people_gave_have_no_story(kind: Kind, target: str, name: str, provider: Provider) -> None:
    assert told(Case(kind, target, name, None, provider)) is None


def test_no_name_has_notold() -> None:
    assert told(Case(FK, POST, "", None, SQLITE)) is None
