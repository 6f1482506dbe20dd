"""Every command that speaks to a server, asked of two environments, so that two roles' answers can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from namesync.model import Provider
from tests.cli.conftest import Run
from tests.emit.conftest import SCHEMA
from tests.servers import Server

COMMANDS = {
    "diff": ("diff", "prod", "dev"),
    "check": ("check", "prod", "dev"),
    "snapshot": ("snapshot", "prod"),
    "keep": ("emit", "--keep-existing", "--dry-run", "prod", "dev"),
    "adopt": ("emit", "--adopt-defaults", "--dry-run", "--scan", "src", "prod", "dev"),
    "rehearse": ("emit", "--keep-existing", "--rehearse", "--dry-run", "prod", "dev"),
    "status": ("status", "prod", "dev"),
    "job": ("job", "run", "prod", "dev"),
}
LEDGER = """
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamp NULL,
    migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamp NULL, started_at timestamp NOT NULL,
    applied_steps_count int NOT NULL DEFAULT 0);
INSERT INTO _prisma_migrations VALUES ('1', 'aa', '2026-01-01 00:00:01', 'one', NULL, NULL, '2026-01-01 00:00:00', 1);
"""
POSTGRESQL = """
CREATE TABLE "User" (id int, email text NOT NULL, CONSTRAINT {user} PRIMARY KEY (id), CONSTRAINT {email} UNIQUE (email));
CREATE TABLE "Post" (id int CONSTRAINT "Post_pkey" PRIMARY KEY, title text NOT NULL, "authorId" int NOT NULL
    CONSTRAINT {author} REFERENCES "User" (id) ON DELETE RESTRICT ON UPDATE CASCADE);
CREATE INDEX "Post_title_idx" ON "Post" (title);
CREATE INDEX expressed ON "Post" (lower(title)) WHERE id > 1;
CREATE VIEW listed AS SELECT conname FROM pg_constraint WHERE conname IN ('odd_pk', 'dev_fk');
CREATE FUNCTION saved() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO "User" VALUES (1, 'a') ON CONFLICT ON CONSTRAINT {email} DO NOTHING;
END $$;
"""
MYSQL = """
CREATE TABLE `User` (id int PRIMARY KEY, email varchar(191) NOT NULL, UNIQUE KEY {email} (email));
CREATE TABLE `Post` (id int PRIMARY KEY, title varchar(191) NOT NULL, authorId int NOT NULL, KEY `Post_title_idx` (title),
    CONSTRAINT {author} FOREIGN KEY (authorId) REFERENCES `User` (id) ON DELETE RESTRICT ON UPDATE CASCADE);
CREATE VIEW listed AS SELECT id FROM `User` FORCE INDEX ({email});
CREATE FUNCTION counted() RETURNS int READS SQL DATA RETURN (SELECT COUNT(*) FROM `User` FORCE INDEX ({email}));
"""
NAMES = {
    "prod": {"user": "odd_pk", "email": "prod_email", "author": "prod_fk"},
    "dev": {"user": "user_pkey", "email": "dev_email", "author": "dev_fk"},
}


def script(provider: Provider, environment: str) -> str:
    """Tables whose names drift between prod and dev, what mentions them, and Prisma's own table."""
    text = POSTGRESQL if provider is Provider.POSTGRESQL else MYSQL
    return LEDGER + text.format(**NAMES[environment])


def pair(server: Server) -> dict[str, str]:
    """A prod and a dev."""
    return {environment: server.create(script(server.provider, environment)) for environment in NAMES}


def at(place: str, url: str) -> str:
    """The same database and role, where another URL leads."""
    role = urlsplit(url).netloc.rpartition("@")[0]
    return urlsplit(url)._replace(netloc=f"{role}@{urlsplit(place).netloc.rpartition('@')[2]}").geturl()


def as_role(url: str, role: str) -> str:
    """The URL for another role."""
    place = urlsplit(url).netloc.rpartition("@")[2]
    return urlsplit(url)._replace(netloc=f"{role}@{place}").geturl()


@dataclass
class Asker:
    """A folder with a configuration, where commands are run."""

    folder: Path
    run: Run
    shadow: str

    def configure(self, urls: Mapping[str, str], *, schemas: tuple[str, ...] = (), groups: str = "", **job: str) -> None:
        provider = "postgresql" if self.shadow.startswith("postgresql") else "mysql"
        schema = SCHEMA.replace('"postgresql"', f'"{provider}"')
        files = {"prisma/schema.prisma": schema, "src/raw.ts": "// prod_email\n"}
        for name, text in files.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        scope = f"schemas = {json.dumps(schemas)}\n" if schemas else ""
        environments = "".join(f"[environments.{name}]\nurl = {json.dumps(url)}\n{scope}" for name, url in urls.items())
        settings = "".join(f"{key} = {json.dumps(value)}\n" for key, value in job.items())
        config = f"shadow_url = {json.dumps(self.shadow)}\n{environments}{groups}[job]\nattempts = 1\n{settings}"
        (self.folder / "namesync.toml").write_text(config, encoding="utf-8")

    def ask(self, command: str) -> tuple[int, Any]:
        """The exit code, and what it prints as a value (what it says on standard error where it prints nothing)."""
        words = COMMANDS[command]
        (self.folder / ".namesync" / "history.db").unlink(missing_ok=True)
        ended = self.run(*words, *(() if command == "snapshot" else ("--format", "json")))
        return ended.code, json.loads(_plain(ended.out)) if ended.out else ended.err

    def answers(self) -> dict[str, tuple[int, Any]]:
        """Every command's answer."""
        return {command: self.ask(command) for command in COMMANDS}


def _plain(text: str) -> str:
    """Without what no two runs have in common."""
    text = re.sub(r"\b\d{14}(?=_)", "0", text)
    return re.sub(r'"(seconds|started|finished|since)": ("[^"]*"|[\d.]+)', r'"\1": 0', text)
