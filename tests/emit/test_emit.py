"""`namesync emit` as a user meets it: what it writes, what it refuses, what it says."""

from __future__ import annotations

from datetime import UTC, datetime

import jsonschema
import pytest

from tests.core.worlds import fk, index, pk, unique, world
from tests.emit.conftest import DEFAULTS, DEV, PROD, SCHEMA, Project, guide, lines, names, published


@pytest.mark.parametrize("command", ["emit", "status"])
def test_the_published_schemas_are_themselves_valid(command: str) -> None:
    jsonschema.Draft202012Validator.check_schema(published(command))


def test_keeping_writes_the_authoritys_names_into_the_schema_and_renames_the_others(project: Project) -> None:
    found = project.emit("prod", "dev")
    assert project.schema.read_text() == SCHEMA.replace("@id // the key", '@id(map: "odd_pk") // the key').replace(
        "email String @unique", 'email String @unique(map: "User.email_unique")'
    ).replace("references: [id])", 'references: [id], map: "prod_fk")')
    assert names(found) == {
        "prod": [],
        "dev": [("User_pkey", "odd_pk"), ("User_email_key", "User.email_unique"), ("dev_fk", "prod_fk")],
    }
    (folder,) = project.folders()
    assert found["written"] == [
        *(f"prisma/migrations/{folder}/{file}" for file in ("migration.sql", "down.sql", "namesync.json")),
        "prisma/schema.prisma",
    ]
    assert found["migrations"][0]["directory"] == folder
    assert (project.migrations / folder / "migration.sql").read_text() == found["migrations"][0]["sql"]
    assert (project.migrations / folder / "down.sql").read_text() == found["migrations"][0]["down_sql"]
    assert lines(found, "prod")[-1].endswith(f"prisma migrate resolve --applied {folder}")
    assert lines(found, "dev")[-1].endswith("prisma migrate deploy")
    assert found["blocked"] == []


def test_the_folder_is_named_for_the_second_in_utc(project: Project) -> None:
    before = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    project.emit("prod", "dev")
    (folder,) = project.folders()
    stamp, _, label = folder.partition("_")
    assert before <= stamp <= datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    assert label == "sync_names"


def test_adopting_aligns_first_and_then_renames_everywhere(project: Project) -> None:
    found = project.adopt("prod", "dev")
    assert [one["directory"].partition("_")[2] for one in found["migrations"]] == ["sync_names", "adopt_default_names"]
    assert project.folders() == [one["directory"] for one in found["migrations"]]
    assert project.schema.read_text() == SCHEMA
    assert names(found)["prod"] == [
        ("odd_pk", "User_pkey"), ("User.email_unique", "User_email_key"), ("prod_fk", "Post_authorId_fkey"),
    ]  # fmt: skip
    sync, adopt = project.folders()
    assert lines(found, "prod")[-2:] == [
        f'DATABASE_URL="<the URL of prod>" npx prisma migrate resolve --applied {sync}',
        'DATABASE_URL="<the URL of prod>" npx prisma migrate deploy',
    ]
    assert lines(found, "dev")[-1].endswith("prisma migrate deploy")
    assert adopt > sync


def test_adopting_removes_a_map_that_is_then_idle(project: Project) -> None:
    project.write_schema(SCHEMA.replace("@id // the key", '@id(map: "odd_pk") // the key'))
    project.adopt("prod", "dev")
    assert project.schema.read_text() == SCHEMA


@pytest.mark.parametrize("mode", ["--keep-existing", "--adopt-defaults"])
def test_nothing_to_do(project: Project, mode: str) -> None:
    project.snapshots(prod=DEFAULTS, dev=DEFAULTS)
    before = project.files()
    found = project.json("emit", mode, "prod", "dev")
    assert (found["migrations"], found["schema_edits"], found["written"]) == ([], [], [])
    assert project.files() == before
    text = project.text("emit", mode, "prod", "dev")
    assert "nothing to do: the names are as they should be" in text
    assert "Runbook" not in text


def test_adopting_where_the_default_names_are_aligned_already(project: Project) -> None:
    """Prod has the defaults: dev is aligned with it, and then there is nothing to adopt."""
    project.snapshots(prod=DEFAULTS, dev=DEV)
    found = project.adopt("prod", "dev")
    assert [one["directory"].partition("_")[2] for one in found["migrations"]] == ["sync_names"]
    assert names(found)["dev"] == [("dev_fk", "Post_authorId_fkey")]


def test_one_environment_alone(project: Project) -> None:
    found = project.emit("prod")
    assert found["migrations"] == []
    assert found["written"] == ["prisma/schema.prisma"]
    assert [one["directory"].partition("_")[2] for one in project.adopt("prod")["migrations"]] == ["adopt_default_names"]


def test_all_environments_of_the_configuration_take_part(project: Project) -> None:
    project.snapshots(prod=PROD, dev=DEV, staging=guide("s", "s_u", "s_fk"))
    assert [one["name"] for one in project.emit()["environments"]] == ["prod", "dev", "staging"]


def test_three_environments_with_three_names_each(project: Project) -> None:
    project.snapshots(prod=PROD, dev=DEV, staging=guide("s_pk", "s_unique", "s_fk"))
    found = project.adopt("prod", "dev", "staging")
    assert names(found) == {
        "prod": [
            ("odd_pk", "User_pkey"), ("User.email_unique", "User_email_key"), ("prod_fk", "Post_authorId_fkey"),
        ],
        "dev": [
            ("User_pkey", "odd_pk"), ("User_email_key", "User.email_unique"), ("dev_fk", "prod_fk"),
            ("odd_pk", "User_pkey"), ("User.email_unique", "User_email_key"), ("prod_fk", "Post_authorId_fkey"),
        ],
        "staging": [
            ("s_pk", "odd_pk"), ("s_unique", "User.email_unique"), ("s_fk", "prod_fk"),
            ("odd_pk", "User_pkey"), ("User.email_unique", "User_email_key"), ("prod_fk", "Post_authorId_fkey"),
        ],
    }  # fmt: skip
    sync, adopt = found["migrations"]
    assert sorted(sync["downs"]) == ["down.sql", "down.staging.sql"]
    assert '"dev_fk"' in sync["downs"]["down.sql"]["sql"]
    assert '"s_fk"' in sync["downs"]["down.staging.sql"]["sql"]
    assert sync["downs"]["down.staging.sql"]["environments"] == ["staging"]
    assert {name: down["environments"] for name, down in adopt["downs"].items()} == {"down.sql": ["prod", "dev", "staging"]}
    assert sorted(path.name for path in (project.migrations / sync["directory"]).iterdir()) == [
        "down.sql", "down.staging.sql", "migration.sql", "namesync.json",
    ]  # fmt: skip


def test_environments_whose_names_differ_in_odd_characters_only_get_ways_back_of_their_own(project: Project) -> None:
    olds = {"a.b": "x1", "a_b": "x2", "a-b": "x3"}
    tables = ['[environments.prod]\nfile = "prod.json"\n']
    for number, (name, old) in enumerate(olds.items()):
        project.snapshots(**{f"e{number}": guide(old, "User.email_unique", "prod_fk")})
        tables.append(f'[environments."{name}"]\nfile = "e{number}.json"\n')
    project.snapshots(prod=PROD)
    (project.folder / "namesync.toml").write_text("\n".join(tables))
    (migration,) = project.emit()["migrations"]
    assert sorted(migration["downs"]) == ["down.a-b.sql", "down.a_b.sql", "down.sql"]
    for down in migration["downs"].values():
        (environment,) = down["environments"]
        assert f'RENAME TO "{olds[environment]}"' in down["sql"]


def test_without_a_schema_what_would_have_gone_into_it_is_printed(project: Project) -> None:
    project.schema.unlink()
    text = project.text("emit", "--keep-existing", "prod", "dev", "--dry-run")
    assert '  foreign key (authorId): map: "prod_fk"' in text
    found = project.emit("prod", "dev")
    assert found["schema_edits"] == []
    assert [one["name"] for one in found["maps"]] == ["prod_fk", "odd_pk", "User.email_unique"]
    assert project.folders() != []


def test_without_a_schema_adopting_leaves_nothing_to_map(project: Project) -> None:
    project.schema.unlink()
    found = project.adopt("prod", "dev")
    assert found["maps"] == []
    assert len(project.folders()) == 2


def test_the_names_of_a_join_table_have_no_place_in_a_schema(project: Project) -> None:
    project.schema.unlink()
    join = world(
        pk("Post", "id", "Post_pkey"),
        pk("Tag", "id", "Tag_pkey"),
        pk("_PostToTag", "A B", "odd_key"),
        index("_PostToTag", "B", "odd_index"),
        fk("_PostToTag", "A", "Post(id)", "_PostToTag_A_fkey"),
        fk("_PostToTag", "B", "Tag(id)", "_PostToTag_B_fkey"),
    )
    project.snapshots(prod=join)
    assert project.emit("prod")["maps"] == []


def test_what_is_blocked_keeps_its_name_and_gets_a_map(project: Project) -> None:
    own = (pk("User", "id", "User_pkey"), unique("User", "email", "odd_u"), pk("Post", "id", "Post_pkey"))
    taken = world(*own, index("Post", "title", "User_email_key"), fk("Post", "authorId", "User(id)", "Post_authorId_fkey"))
    project.snapshots(prod=taken, dev=taken)
    found = project.adopt("prod", "dev", "--exclude", "kind:index", code=1)
    assert [(one["environment"], one["name"], one["wanted"]) for one in found["blocked"]] == [
        ("prod", "odd_u", "User_email_key"), ("dev", "odd_u", "User_email_key"),
    ]  # fmt: skip
    assert "held by the index of Post on (title)" in found["blocked"][0]["reason"]
    assert 'email String @unique(map: "odd_u")' in project.schema.read_text()
    assert "keeps odd_u, not User_email_key" in project.text(
        "emit", "--adopt-defaults", "prod", "dev", "--exclude", "kind:index", code=1
    )


def test_what_can_not_be_told_apart_is_left_out(project: Project) -> None:
    rest = [obj for obj in PROD.objects if obj.key.columns != ("title",)]
    project.snapshots(
        prod=world(*rest, index("Post", "title", "a"), index("Post", "title", "b")),
        dev=world(*rest, index("Post", "title", "c"), index("Post", "title", "d")),
    )
    found = project.emit("prod", "dev", code=1)
    assert {one["environment"] for one in found["blocked"]} == {"dev", None}
    assert "can't be told apart" in found["blocked"][0]["reason"]
    assert "Left out" in project.text("emit", "--keep-existing", "prod", "dev", code=1)


def test_an_environment_that_can_not_be_read_stops_it(project: Project) -> None:
    (project.folder / "dev.json").write_text("{")
    assert "dev could not be read" in project.refused("emit", "--keep-existing", "prod", "dev").err


def test_a_schema_is_no_environment(project: Project) -> None:
    ended = project.refused("emit", "--keep-existing", "prod", "prisma/schema.prisma")
    assert "is a schema" in ended.err
    assert "--schema" in ended.err


def test_an_authority_without_tables_is_refused(project: Project) -> None:
    project.snapshots(prod=world(), dev=DEV)
    assert "prod has no table" in project.refused("emit", "--keep-existing", "prod", "dev").err


def test_an_empty_environment_gets_its_names_with_its_tables(project: Project) -> None:
    project.snapshots(prod=PROD, dev=DEV, new=world())
    found = project.emit("prod", "dev", "new")
    assert names(found).keys() == {"prod", "dev"}
    assert [line.rpartition("npx ")[2] for line in lines(found, "new")] == ["prisma migrate deploy"]


def test_control_characters_do_not_reach_the_terminal(project: Project) -> None:
    evil = guide("a\x1b[2J\nb", "tab\there", "x\u202ey")
    project.snapshots(prod=evil, dev=DEV)
    assert ("User_pkey", "a\x1b[2J\nb") in names(project.emit("prod", "dev", "--dry-run"))["dev"]
    for arguments in (["--dry-run"], []):
        text = project.text("emit", "--keep-existing", "prod", "dev", *arguments)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\t" not in text
        assert "\\x1b[2J\\nb" in text


def test_output_goes_to_files_and_warnings_to_standard_error(project: Project) -> None:
    ended = project.run("emit", "--keep-existing", "prod", "dev", "--dry-run", "--output", "json:out.json")
    assert ended.code == 0
    assert ended.out.startswith("the names of prod stay")
    assert (project.folder / "out.json").read_text().startswith("{")
