"""Names that the tools themselves made: docs/origins.md says how they were had."""

from __future__ import annotations

from pathlib import Path

from namesync.model import Definition, Part
from namesync.origin.forms import FORMS
from tests.core.origins import FK, INDEX, MYSQL, PK, SQLITE, UNIQUE, Case, cases, told

AUTHOR = "posts(author_id) > users(id)"
OTHER = "for a table or columns of other names"


@cases(
    # Rails 4.2 to 7.1: public schema.rb and structure.sql files
    Case(INDEX, "posts(author_id)", "index_posts_on_author_id", "made by Rails"),
    Case(UNIQUE, "posts(a, b)", "index_posts_on_a_and_b", "made by Rails"),
    Case(INDEX, "posts(author_id)", "index_articles_on_author_id", 'made by Rails, for a table called "articles"'),
    Case(FK, "events(subject_id) > subjects(id)", "fk_rails_635245fc67", "made by Rails", SQLITE),
    Case(FK, "active_storage_attachments(blob_id) > active_storage_blobs(id)", "fk_rails_c3b3935057", "made by Rails"),
    Case(FK, "user_interacted_projects(user_id) > users(id)", "fk_rails_0894651f08", "made by Rails"),
    Case(FK, AUTHOR, "fk_rails_0894651f08", f"made by Rails, {OTHER}"),
    Case(
        UNIQUE,
        "employee_projects(emp_id, project_id, assigned_date)",
        "idx_on_emp_id_project_id_assigned_date_1b22d035ff",
        "made by Rails",
    ),
    # Django 5.2, on PostgreSQL
    Case(INDEX, "blog_post(author_id)", "blog_post_author_id_dd7a8485", "made by Django"),
    Case(FK, "blog_post(author_id) > blog_author(id)", "blog_post_author_id_dd7a8485_fk_blog_author_id", "made by Django"),
    Case(UNIQUE, "blog_post(title, author_id)", "blog_post_title_author_id_6fc015c6_uniq", "made by Django"),
    Case(INDEX, "blog_post(slug)", "blog_post_slug_b95473f2_like", "made by Django"),
    Case(
        INDEX,
        "blog_post(title, slug)",
        "blog_post_title_58bde5_idx",
        "made by Django",
        definition=Definition(parts=(Part(), Part(descending=True))),
    ),
    Case(
        FK,
        "blog_verylongmodelnamefortruncationpurposes(a_rather_long_foreign_key_field_name_id) > blog_author(id)",
        "blog_verylongmodelna_a_rather_long_foreig_313a493b_fk_blog_auth",
        "made by Django",
    ),
    Case(
        INDEX,
        "blog_verylongmodelnamefortruncationpurposes(a_rather_long_foreign_key_field_name_id)",
        "blog_verylongmodelnamefort_a_rather_long_foreign_key__313a493b",
        "made by Django",
    ),
    Case(UNIQUE, "blog_entry(title, author_id)", "blog_post_title_author_id_6fc015c6_uniq", f"made by Django, {OTHER}"),
    # Hibernate 5 and 6: public dumps
    Case(FK, "user_roles(role_id) > roles(id)", "FKh8ciramu9cc9q3qcqiv4ue8a6", "made by Hibernate (JPA)", MYSQL),
    Case(FK, "user_roles(user_id) > users(id)", "fkhfh9dx7w3ubf1co1vdev94g3f", "made by Hibernate (JPA)"),
    Case(UNIQUE, "users(email)", "UK_6dotkott2kjsp8vw4d0m25fb7", "made by Hibernate (JPA)"),
    Case(UNIQUE, "users(username)", "UKr43af9ap4edm43mmtq01oddj6", "made by Hibernate (JPA)"),
    Case(UNIQUE, "people(email)", "UK_6dotkott2kjsp8vw4d0m25fb7", f"made by Hibernate (JPA), {OTHER}"),
    # Doctrine 2 and 3: public migrations
    Case(FK, "comment(user_id) > user(id)", "FK_9474526CA76ED395", "made by Doctrine", MYSQL),
    Case(FK, "submission(season_id) > season(id)", "fk_db055af34ec001d1", "made by Doctrine"),
    Case(INDEX, "comment(user_id)", "IDX_9474526CA76ED395", "made by Doctrine"),
    # TypeORM 1.1, on PostgreSQL
    Case(PK, "posts(id)", "PK_2829ac61eff60fcec60d7274b9e", "made by TypeORM"),
    Case(FK, "posts(editorId) > users(id)", "FK_916a8bffd76d68b8b79b9099feb", "made by TypeORM"),
    Case(UNIQUE, "posts(editorId)", "REL_916a8bffd76d68b8b79b9099fe", "made by TypeORM"),
    Case(UNIQUE, "posts(title, n)", "UQ_d43d54eabfd25f512a801d70bdb", "made by TypeORM"),
    Case(UNIQUE, "posts(title, n)", "IDX_d43d54eabfd25f512a801d70bd", "made by TypeORM"),
    Case(INDEX, "posts_tags_users(usersId)", "IDX_5db99a639c7aab426b7695fe06", "made by TypeORM"),
    Case(PK, "users(id)", "PK_2829ac61eff60fcec60d7274b9e", f"made by TypeORM, {OTHER}"),
    # Sequelize 6.37, on PostgreSQL
    Case(FK, "Posts(authorId) > Users(id)", "Posts_authorId_Users_fk", "made by Sequelize"),
    Case(INDEX, "Posts(authorId)", "posts_author_id", "as Sequelize would name it, or named by hand"),
    Case(UNIQUE, "Posts(title, authorId)", "Posts_title_authorId_uk", "made by Sequelize"),
    Case(FK, AUTHOR, "posts_author_id_foreign_idx", "made by Sequelize", MYSQL),
    # Knex 3.3, Laravel, MikroORM 6.6
    Case(UNIQUE, "Users(email)", "users_email_unique", "made by Knex or Laravel"),
    Case(FK, "blog_posts(authorId) > Users(id)", "blog_posts_authorid_foreign", "made by Knex or Laravel"),
    Case(FK, "blogPosts(authorId) > Users(id)", "blogPosts_authorId_foreign", "made by MikroORM"),
    Case(FK, AUTHOR, "articles_author_id_foreign", 'made by Knex, Laravel or MikroORM, for a table called "articles"'),
    # Drizzle 0.45
    Case(UNIQUE, "users(email)", "users_email_unique", "made by Prisma 2, Knex, Laravel, MikroORM or Drizzle"),
    Case(FK, AUTHOR, "posts_author_id_users_id_fk", "made by Drizzle"),
    Case(FK, "pairs(a, b) > users(a, b)", "pairs_a_b_users_a_b_fk", "made by Drizzle"),
    Case(PK, "pairs(a, b)", "pairs_a_b_pk", "made by Drizzle or Sequelize"),
    Case(INDEX, "posts(title)", "posts_title_index", "made by Knex, Laravel, MikroORM, Drizzle or Ecto"),
    Case(UNIQUE, "posts(title, author_id)", "posts_title_author_id_index", "made by Drizzle or Ecto"),
    # SQLAlchemy 2.1, with the naming convention of its documentation
    Case(INDEX, "posts(author_id, title)", "ix_posts_author_id", "as SQLAlchemy would name it, or named by hand"),
    Case(UNIQUE, "posts(author_id, title)", "uq_posts_author_id", "as SQLAlchemy would name it, or named by hand"),
    Case(FK, AUTHOR, "fk_posts_author_id_users", "made by SQLAlchemy"),
    Case(PK, "posts(id)", "pk_posts", "as SQLAlchemy or Entity Framework Core would name it, or named by hand"),
    # Entity Framework Core
    Case(INDEX, "Posts(AuthorId)", "IX_Posts_AuthorId", "as Entity Framework Core would name it, or named by hand"),
    Case(FK, "Posts(AuthorId) > Users(Id)", "FK_Posts_Users_AuthorId", "made by Entity Framework Core"),
    Case(UNIQUE, "Posts(Email)", "AK_Posts_Email", "made by Entity Framework Core"),
    Case(PK, "Posts(Id)", "PK_Posts", "as Entity Framework Core would name it, or named by hand"),
    # GORM
    Case(INDEX, "users(email)", "idx_users_email", "as GORM would name it, or named by hand"),
    Case(UNIQUE, "users(email)", "uni_users_email", "made by GORM"),
    Case(FK, "posts(user_id) > users(id)", "fk_users_posts", "as GORM would name it, or named by hand"),
)
def test_tools(case: Case) -> None:
    assert told(case) == case.told


def test_the_documentation_names_every_tool() -> None:
    text = (Path(__file__).parents[2] / "docs" / "origins.md").read_text(encoding="utf-8")
    tools = {tool for form in FORMS for tool in form.tools} | {"Django", "Hibernate", "Doctrine", "TypeORM", "pgloader"}
    assert {tool for tool in tools if tool not in text} == set()
