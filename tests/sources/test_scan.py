"""Names in an application's source."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from namesync.errors import UsageError
from namesync.sources.scan import MAX_BYTES, Hit, scan_source

NAMES = ["User_email_key", "User.email_unique"]
HANDLER = "if (error.meta.target === 'User_email_key') {\r\n  // or\r\n\treturn \"User.email_unique\"\r\n}\r\n"


def test_hits_have_their_place(tmp_path: Path) -> None:
    (tmp_path / "src/users").mkdir(parents=True)
    (tmp_path / "src/users/handler.ts").write_bytes(HANDLER.encode())
    (tmp_path / "a.sql").write_text("SELECT 1 -- User_email_key, User_email_key")
    assert scan_source(tmp_path, NAMES) == (
        Hit("a.sql", 1, "User_email_key", "SELECT 1 -- User_email_key, User_email_key"),
        Hit("src/users/handler.ts", 1, "User_email_key", "if (error.meta.target === 'User_email_key') {"),
        Hit("src/users/handler.ts", 3, "User.email_unique", 'return "User.email_unique"'),
    )


@pytest.mark.parametrize(
    ("file", "content"),
    [
        pytest.param("node_modules/x/index.js", b"User_email_key", id="node_modules"),
        pytest.param("packages/a/node_modules/x.js", b"User_email_key", id="node_modules further down"),
        pytest.param(".git/config", b"User_email_key", id="git"),
        pytest.param("prisma/migrations/1_a/migration.sql", b"User_email_key", id="left out folder"),
        pytest.param("prisma/schema.prisma", b"User_email_key", id="left out file"),
        pytest.param("photo.png", b"User_email_key\0", id="binary"),
        pytest.param("dump.sql", b"User_email_key " + b"x" * MAX_BYTES, id="huge"),
        pytest.param("other.ts", b"User_email_keys", id="other word"),
    ],
)
def test_what_is_not_looked_into(tmp_path: Path, file: str, content: bytes) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_bytes(content)
    left = (tmp_path / "prisma/migrations", tmp_path / "prisma/schema.prisma")
    assert scan_source(tmp_path, NAMES, leave_out=left) == ()


def test_text_of_another_encoding_is_searched(tmp_path: Path) -> None:
    (tmp_path / "latin.php").write_bytes(b"caf\xe9 User_email_key\n")
    assert [hit.name for hit in scan_source(tmp_path, NAMES)] == ["User_email_key"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/file.ts").write_text("User_email_key")
    (tmp_path / "app").mkdir()
    (tmp_path / "app/folder").symlink_to(tmp_path / "outside")
    (tmp_path / "app/file.ts").symlink_to(tmp_path / "outside/file.ts")
    (tmp_path / "app/loop").symlink_to(tmp_path / "app")
    assert scan_source(tmp_path / "app", NAMES) == ()


def test_long_lines_are_cut(tmp_path: Path) -> None:
    (tmp_path / "bundle.js").write_text("x" * 300 + " User_email_key")
    (hit,) = scan_source(tmp_path, NAMES)
    assert hit.text == "x" * 200


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="absent: is no folder"):
        scan_source(tmp_path / "absent", NAMES)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_closed_file(tmp_path: Path) -> None:
    (tmp_path / "closed.ts").write_text("User_email_key")
    (tmp_path / "closed.ts").chmod(0)
    with pytest.raises(UsageError, match=r"closed\.ts: Permission denied"):
        scan_source(tmp_path, NAMES)
