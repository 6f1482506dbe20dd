"""`emit --keep-existing` and the schema: what changes in its files, what does not, and what is told instead of written."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from namesync.emit import files as emit_files
from namesync.prisma import keep
from namesync.prisma.write import write_changes
from tests.core.worlds import fk, index, pk, unique, world
from tests.emit.conftest import DEV, PROD, Project, names

DATASOURCE = 'datasource db {\n\tprovider = "postgresql"\n}\n'
USER = """// users /* no comment
/// The user
model User {
\tid    Int    @id // the key
\tname  String @unique /* stays */
\temail String @unique( map : "stale", sort: Desc )   // was stale
\tposts Post[]

\t@@index( [ name , email ] , name : "old_word" )
\t@@unique([id, name], name: "both") /// client
}"""
POST = """model Post {
\tid       Int    @id(map: "Post_pkey")
\tauthorId Int
\tauthor   User   @relation(onDelete: Cascade, fields: [authorId], references: [id])
\t@@index(fields: [authorId, id], type: BTree)
\t@@index(map: "gone", [id, authorId])
}
"""
LIVE = world(
    pk("User", "id", "users_pk"),
    unique("User", "name", "User_name_key"),
    unique("User", "email", 'we"ird\\ né\tx'),
    index("User", "name email", "User.name_email"),
    unique("User", "id name", "both_of_them"),
    pk("Post", "id", "Post_pkey"),
    fk("Post", "authorId", "User(id)", "fk_author", on_delete="CASCADE"),
    index("Post", "authorId id", "by_author"),
    index("Post", "id authorId", "Post_id_authorId_idx"),
)
EDITED = {
    '@id // the key': '@id(map: "users_pk") // the key',
    '@unique( map : "stale", sort: Desc )': '@unique( map : "we\\"ird\\\\ né\\tx", sort: Desc )',
    '[ name , email ] , name : "old_word" )': '[ name , email ] , map : "User.name_email" )',
    'name: "both")': 'name: "both", map: "both_of_them")',
    '@id(map: "Post_pkey")': "@id",
    "references: [id])": 'references: [id], map: "fk_author")',
    "fields: [authorId, id], type": 'fields: [authorId, id], map: "by_author", type',
    '@@index(map: "gone", [id, authorId])': "@@index([id, authorId])",
}  # fmt: skip
"""Every way in which a `map` changes: what stands in the files, and what is to stand there."""


@pytest.fixture
def folder(project: Project) -> Project:
    """A schema of three files, found as prisma/schema/: tabs, CRLF, a byte order mark, a last line without its end."""
    project.schema.unlink()
    base = project.schema.with_suffix("")
    (base / "models").mkdir(parents=True)
    (base / "base.prisma").write_bytes(DATASOURCE.encode())
    (base / "models" / "user.prisma").write_bytes(b"\xef\xbb\xbf" + USER.replace("\n", "\r\n").encode())
    (base / "models" / "post.prisma").write_bytes(POST.replace("\n", "\r\n").encode())
    project.snapshots(prod=LIVE)
    return project


def edited(before: dict[str, bytes]) -> dict[str, bytes]:
    """The files with the changes of EDITED made, each of them once."""
    after = dict(before)
    for old, new in EDITED.items():
        (file,) = [file for file, content in before.items() if old.encode() in content]
        assert before[file].count(old.encode()) == 1
        after[file] = after[file].replace(old.encode(), new.encode())
    return after


# ---- what changes ----


def test_only_what_has_to_change_does(folder: Project) -> None:
    """To the byte, in all files of a schema."""
    before = folder.files()
    found = folder.emit("prod")
    assert folder.files() == edited(before)
    assert found["written"] == ["prisma/schema/models/post.prisma", "prisma/schema/models/user.prisma"]
    assert found["migrations"] == []


def test_a_second_time_there_is_nothing_to_do(folder: Project) -> None:
    folder.emit("prod")
    before = folder.files()
    found = folder.emit("prod")
    assert (found["written"], found["schema_edits"]) == ([], [])
    assert "nothing to do: the names are as they should be" in folder.text("emit", "--keep-existing", "prod")
    assert folder.files() == before


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_dry_run_shows_a_diff_that_does_the_same(folder: Project, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Fit for `git apply`, with tabs, line endings and the byte order mark as they are in the files."""
    before = folder.files()
    text = folder.text("emit", "--keep-existing", "prod", "--dry-run")
    assert "Dry run: nothing has been written" in text
    assert folder.files() == before
    copy = Project(tmp_path_factory.mktemp("copy"), folder.run)
    for name, content in before.items():
        (copy.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (copy.folder / name).write_bytes(content)
    patch = text[text.index("--- a/") :].encode()
    subprocess.run(["git", "apply", "-"], input=patch, cwd=copy.folder, check=True)
    assert copy.files() == edited(before)


def test_it_tells_table_by_table_what_it_did_and_what_comes_next(folder: Project) -> None:
    text = folder.text("emit", "--keep-existing", "prod")
    assert (
        text
        == """\
the names of prod stay, and schema.prisma says them

Post
  primary key (id): map removed: it is the default name
  index (authorId, id): map: "by_author"
  index (id, authorId): map removed: it is the default name
  foreign key (authorId): map: "fk_author"
User
  primary key (id): map: "users_pk"
  unique (email): map: "we\\"ird\\\\ né\\tx"
  unique (id, name): map: "both_of_them"
  index (name, email): map: "User.name_email"

Written
  prisma/schema/models/post.prisma
  prisma/schema/models/user.prisma

Next: read the change, and commit it
  npx prisma validate     Prisma takes the schema as it is now
  namesync check prod     schema.prisma says the names there are
  npx prisma migrate dev  on your own machine: should find nothing to migrate
"""
    )


@pytest.mark.parametrize(("authority", "other"), [("prod", "dev"), ("dev", "prod")])
def test_it_says_where_names_differ_and_whose_it_wrote(authority: str, other: str, project: Project) -> None:
    text = project.text("emit", "--keep-existing", "prod", "dev", "--from", authority)
    assert text.startswith(
        f"the names of {authority} stay, and schema.prisma says them\n"
        f"names differ in {other}: a migration makes them those of {authority}\n\n"
    )
    foreign_key = {"prod": "prod_fk", "dev": "dev_fk"}[authority]
    assert f'references: [id], map: "{foreign_key}")' in project.schema.read_text()


def test_where_names_are_equal_nothing_is_said_of_other_environments(project: Project) -> None:
    project.snapshots(prod=PROD, dev=PROD)
    text = project.text("emit", "--keep-existing", "prod", "dev")
    assert "differ" not in text
    assert "namesync check prod dev " in text


def test_without_a_schema_it_prints_what_would_go_into_one(project: Project) -> None:
    project.schema.unlink()
    before = project.files()
    text = project.text("emit", "--keep-existing", "prod")
    assert 'foreign key (authorId): map: "prod_fk"' in text
    assert project.files() == before


# ---- whole or not at all ----


def test_a_file_that_changed_meanwhile_stops_all(folder: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schema and migrations alike."""
    name = "prisma/schema/models/post.prisma"
    post = folder.folder / name

    def late(changes: Any) -> None:
        post.write_bytes(post.read_bytes() + b"// mine\n")
        write_changes(changes)

    monkeypatch.setattr(emit_files, "write_changes", late)
    before = folder.files()
    ended = folder.run("emit", "--keep-existing", "prod")
    assert ended.code == 2
    assert "post.prisma changed since it was read: nothing has been written" in ended.err
    assert folder.files() == before | {name: before[name] + b"// mine\n"}


def test_an_edit_that_does_not_say_what_was_wanted_is_never_written(folder: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The edited text is read again and compared first."""
    monkeypatch.setattr(keep, "apply_edits", lambda text, _: text)
    ended = folder.refused("emit", "--keep-existing", "prod")
    assert "the edited schema would declare" in ended.err
    assert "nothing written" in ended.err


def failing_at(name: str) -> Callable[[Path, Path], Path]:
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if Path(target).name == name:
            raise OSError(28, "No space left on device", str(target))
        return replace(self, target)

    return failing


@pytest.mark.parametrize("name", ["post.prisma", "user.prisma"])
def test_a_file_that_cant_be_written_takes_all_back(name: str, folder: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = folder.files()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing_at(name))
        ended = folder.run("emit", "--keep-existing", "prod")
    assert ended.code == 2
    assert "No space left on device; nothing has been changed" in ended.err
    assert folder.files() == before


def test_migrations_go_with_the_schema_or_not_at_all(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.snapshots(prod=PROD, dev=DEV)
    before = project.files()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", failing_at("schema.prisma"))
        assert project.run("emit", "--keep-existing", "prod", "dev").code == 2
    assert project.files() == before
    assert names(project.emit("prod", "dev"))["dev"]
