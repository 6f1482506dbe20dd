"""The options of `namesync emit`: whose names, which objects, how statements are protected, a dry run, bad usage."""

from __future__ import annotations

import pytest

from tests.emit.conftest import PROD, SCHEMA, Project, names


def test_another_authority(project: Project) -> None:
    found = project.emit("prod", "dev", "--from", "dev")
    assert names(found)["dev"] == []
    assert ("prod_fk", "dev_fk") in names(found)["prod"]
    assert '@relation(fields: [authorId], references: [id], map: "dev_fk")' in project.schema.read_text()


def test_an_authority_that_takes_no_part_is_refused(project: Project) -> None:
    assert "none of the environments" in project.refused("emit", "--keep-existing", "prod", "dev", "--from", "qa").err


@pytest.mark.parametrize(
    ("mode", "name", "folders"),
    [
        ("--keep-existing", "Fix the Names/now!", ["fix_the_names_now"]),
        ("--adopt-defaults", "tidy", ["sync_names", "tidy"]),
        ("--keep-existing", "名前", [""]),
    ],
)
def test_the_migrations_label(project: Project, mode: str, name: str, folders: list[str]) -> None:
    project.json("emit", mode, "prod", "dev", "--name", name)
    assert [folder.partition("_")[2] for folder in project.folders()] == folders
    assert not any(folder.endswith("_") for folder in project.folders())


@pytest.mark.parametrize(
    ("options", "renames", "maps"),
    [
        pytest.param(["--only", "Post"], ["dev_fk"], ["prod_fk"], id="a-table"),
        pytest.param(["--only", "kind:unique"], ["User_email_key"], ["User.email_unique"], id="a-kind"),
        pytest.param(["--only", "name:odd*"], ["User_pkey"], ["odd_pk"], id="a-name"),
        pytest.param(["--exclude", "User"], ["dev_fk"], ["prod_fk"], id="all-but-a-table"),
        pytest.param(
            ["--only", "User", "--only", "Post", "--exclude", "kind:foreign_key"],
            ["User_pkey", "User_email_key"], ["odd_pk", "User.email_unique"], id="both",
        ),
        pytest.param(["--only", "Nothing"], [], [], id="nothing"),
    ],
)  # fmt: skip
def test_only_and_exclude(project: Project, options: list[str], renames: list[str], maps: list[str]) -> None:
    assert "is not in the database" not in project.text("emit", "--keep-existing", "prod", "dev", "--dry-run", *options)
    found = project.emit("prod", "dev", *options)
    assert [old for old, _ in names(found).get("dev", [])] == renames
    assert [change["after"] for edit in found["schema_edits"] for change in edit["changes"]] == maps


def test_a_map_stays_where_its_object_is_excluded(project: Project) -> None:
    mapped = SCHEMA.replace("references: [id])", 'references: [id], map: "prod_fk")')
    project.write_schema(mapped.replace("String @unique", 'String @unique(map: "User.email_unique")'))
    project.adopt("prod", "dev", "--exclude", "Post")
    assert project.schema.read_text() == mapped


def test_a_map_goes_where_its_object_was_chosen_by_its_old_name(project: Project) -> None:
    project.write_schema(SCHEMA.replace("references: [id])", 'references: [id], map: "prod_fk")'))
    project.adopt("prod", "dev", "--only", "name:prod_*")
    assert project.schema.read_text() == SCHEMA


def test_an_unknown_kind_is_refused(project: Project) -> None:
    assert "kind:constraint" in project.refused("emit", "--keep-existing", "prod", "dev", "--only", "kind:constraint").err


def test_a_dry_run_shows_all_and_writes_nothing(project: Project) -> None:
    before = project.files()
    found = project.emit("prod", "dev", "--dry-run")
    assert found["dry_run"] is True
    assert found["written"] == []
    assert '+  email String @unique(map: "User.email_unique")' in found["schema_edits"][0]["diff"]
    assert 'RENAME TO "User.email_unique"' in found["migrations"][0]["sql"]
    text = project.text("emit", "--keep-existing", "prod", "dev", "--dry-run")
    assert "Dry run: nothing has been written" in text
    assert '+  email String @unique(map: "User.email_unique")' in text
    assert 'RENAME TO "User.email_unique"' in text
    assert project.files() == before


@pytest.mark.parametrize("arguments", [[], ["--keep-existing", "--style", "loose"]], ids=["no-mode", "no-such-style"])
def test_bad_usage(project: Project, arguments: list[str]) -> None:
    assert "error:" in project.refused("emit", "prod", "dev", *arguments).err


def test_plain_statements_are_refused_where_they_can_not_be_right(project: Project) -> None:
    ended = project.refused("emit", "--keep-existing", "prod", "dev", "--style", "plain")
    assert "plain statements can't be right in every environment" in ended.err
    assert "Use --style auto or guarded." in ended.err


def test_plain_statements_where_every_environment_holds_the_old_name(project: Project) -> None:
    project.snapshots(prod=PROD, dev=PROD)
    (migration,) = project.adopt("prod", "dev", "--style", "plain")["migrations"]
    assert 'ALTER INDEX "odd_pk" RENAME TO "User_pkey";' in migration["sql"]
    assert "DO $$" not in migration["sql"]


@pytest.mark.parametrize("style", ["auto", "guarded"])
def test_guarded_statements_where_nobody_knows_the_history(project: Project, style: str) -> None:
    project.snapshots(prod=PROD, dev=PROD)
    (migration,) = project.adopt("prod", "dev", "--style", style)["migrations"]
    assert migration["sql"].count("DO $$") == 3
