"""The real Prisma engine, for tests: installs it from npm, starts `engine.mjs`, asks it.

`version` is Prisma's major version: 6 (6.19.3) or 7 (7.10.0); for `validate`, `dmmf` and `format` also 5 (5.22.0). The engines
are WebAssembly builds that know PostgreSQL and SQLite; MySQL has only what the validator knows. A schema is one text, or
several by file name.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
VERSIONS = {6: "6.19.3", 7: "7.10.0"}
Schema = str | Mapping[str, str]


class Unavailable(Exception):  # noqa: N818 - an adjective says it
    """The engine can't be had on this machine; the message says why."""


class EngineError(Exception):
    """What the engine refused: Prisma's error code ("" where it has none, "panic") and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


class Pulled(NamedTuple):
    """What `prisma db pull` gave: the schema, in the shape of the one it began with, and its warnings."""

    schema: Any
    warnings: str


def header(provider: str, version: int = 6, *, schemas: Sequence[str] = ()) -> str:
    """A datasource block that this version accepts."""
    scope = f"  schemas  = {json.dumps(list(schemas))}\n" if schemas else ""
    return fit(f'datasource db {{\n  provider = "{provider}"\n{scope}}}\n\n', version)


def fit(text: str, version: int) -> str:
    """The schema with the `url` line that versions up to 6 demand, and without those that 7 forbids."""

    def refit(block: re.Match[str]) -> str:
        if version >= 7:
            return re.sub(r"(?m)^[ \t]*(?:url|directUrl|shadowDatabaseUrl)[ \t]*=.*\n", "", block[0])
        if re.search(r"(?m)^[ \t]*url[ \t]*=", block[0]):
            return block[0]
        return re.sub(r"\n\}\Z", '\n  url      = "file:./unused"\n}', block[0])

    return re.sub(r"(?ms)^datasource\s.*?^\}", refit, text)


def home() -> Path:
    """The folder the npm packages live in."""
    return Path(os.environ.get("NAMESYNC_ENGINE_HOME") or Path.home() / ".cache" / "namesync-engine")


def install() -> Path:
    """The folder with the packages of package.json, installed where they are not; safe with several processes at once.

    Raises `Unavailable` where node or npm is absent, or npm fails.
    """
    if not (shutil.which("node") and shutil.which("npm")):
        raise Unavailable("node and npm are not installed")
    folder = home()
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_bytes()
    stamp = folder / "installed.json"
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_bytes() == wanted:
            return folder
        (folder / "package.json").write_bytes(wanted)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--silent"]
        done = subprocess.run(["npm", "install", *options], cwd=folder, capture_output=True, text=True, timeout=240)
        if done.returncode:
            raise Unavailable(f"npm could not install the engine: {(done.stderr or done.stdout).strip()[-300:]}")
        stamp.write_bytes(wanted)
    return folder


class Engine:
    """One process that answers many requests; a context manager that ends it."""

    def __init__(self) -> None:
        environment = {**os.environ, "NAMESYNC_ENGINE_HOME": str(install())}
        self._process = subprocess.Popen(
            ["node", str(HERE / "engine.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            encoding="utf-8",
        )

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)

    def _ask(self, op: str, version: int, schema: Schema, **request: Any) -> Any:
        files = [(name, fit(text, version)) for name, text in _files(schema).items()]
        line = json.dumps({"op": op, "version": version, "schema": files, **request})
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline() or '{"error": {"code": "", "message": "the engine died"}}')
        if "error" in reply:
            raise EngineError(reply["error"]["code"], reply["error"]["message"])
        return reply["ok"]

    def validate(self, schema: Schema, version: int = 6) -> str:
        """`prisma validate`, every provider: "" or what is wrong."""
        return self._ask("validate", version, schema)

    def dmmf(self, schema: Schema, version: int = 6) -> Any:
        """Prisma's own data model of a schema; raises `EngineError` for one that is not valid."""
        return self._ask("dmmf", version, schema)

    def format(self, schema: Schema, version: int = 6) -> Any:
        """`prisma format`, in the shape of the schema given."""
        return _shaped(self._ask("format", version, schema), schema)

    def ddl(self, schema: Schema, version: int = 6) -> str:
        """`migrate diff --from-empty --to-schema-datamodel --script`."""
        return self._ask("ddl", version, schema)

    def diff(self, url: str, schema: Schema, version: int = 6) -> str:
        """`migrate diff` from a database to a schema, as a script; "" where they agree."""
        return self._ask("diff", version, schema, url=url)

    def diff2(self, have: Schema, want: Schema, version: int = 6) -> str:
        """`migrate diff` from a schema to a schema, as a script; "" where they agree."""
        files = [(name, fit(text, version)) for name, text in _files(have).items()]
        return self._ask("diff2", version, want, **{"from": files})

    def pull(
        self, url: str, schema: Schema = "", version: int = 6, *, schemas: Sequence[str] = (), force: bool = False
    ) -> Pulled:
        """`db pull`, over a schema or (by default) from nothing."""
        start = schema or header("sqlite" if url.startswith("file:") else "postgresql", version, schemas=schemas)
        reply = self._ask("pull", version, start, url=url, schemas=list(schemas) or None, force=force)
        return Pulled(_shaped(reply["schema"], start), reply["warnings"])

    def push(self, url: str, schema: Schema, version: int = 6) -> None:
        """`db push --accept-data-loss`; raises `EngineError` where a step can't be executed."""
        reply = self._ask("push", version, schema, url=url)
        if reply["unexecutable"]:
            raise EngineError("", "\n".join(reply["unexecutable"]))

    def deploy(self, url: str, migrations: Path, schema: Schema, version: int = 6) -> list[str]:
        """`migrate deploy`: the names of the migrations applied."""
        return self._ask("deploy", version, schema, url=url, migrations=str(migrations))

    def resolve(self, url: str, migrations: Path, schema: Schema, name: str, version: int = 6, *, applied: bool = True) -> None:
        """`migrate resolve --applied NAME`, or `--rolled-back NAME`."""
        self._ask("resolve", version, schema, url=url, migrations=str(migrations), name=name, applied=applied)

    def status(self, url: str, migrations: Path, schema: Schema, version: int = 6) -> dict[str, Any]:
        """What `migrate status` knows; on SQLite `hasMigrationsTable` is always true."""
        return self._ask("status", version, schema, url=url, migrations=str(migrations))


def _files(schema: Schema) -> Mapping[str, str]:
    return {"schema.prisma": schema} if isinstance(schema, str) else schema


def _shaped(files: list[tuple[str, str]], schema: Schema) -> Any:
    return files[0][1] if isinstance(schema, str) else dict(files)
