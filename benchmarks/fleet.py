"""How long a fleet of schemas takes to check, and how much memory: `python benchmarks/fleet.py URL [SCHEMAS] [TABLES]`.

URL leads to an empty PostgreSQL database, in which the schemas `bench_*` are made and dropped again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import psycopg

from namesync.job.run import Request, run


def main() -> None:
    url = sys.argv[1]
    members = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    tables = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    names = [f"bench_{number:05}" for number in range(members)]
    folder = Path(tempfile.mkdtemp())
    config = folder / "namesync.toml"
    config.write_text(f'[environments.fleet]\nurl = "{url}"\neach_schema = "bench_*"\ncompare = "majority"\n')
    os.chdir(folder)
    with psycopg.connect(url, autocommit=True) as connected:
        for name in names:
            connected.execute(_schema(name, tables))
        try:
            _measure(Request(config=config), members)
        finally:
            for name in names:
                connected.execute(f"DROP SCHEMA {name} CASCADE")


def _schema(name: str, tables: int) -> str:
    made = "".join(f"CREATE TABLE t{number} (id int PRIMARY KEY, a int UNIQUE);" for number in range(tables))
    odd = "ALTER INDEX t0_a_key RENAME TO odd;" if int(name[-5:]) % 97 == 1 else ""
    return f"BEGIN; CREATE SCHEMA {name}; SET LOCAL search_path = {name}; {made}{odd} COMMIT"


def _measure(request: Request, members: int) -> None:
    began = time.perf_counter()
    outcome = run(request)
    took = time.perf_counter() - began
    tracemalloc.start()
    run(request)
    peak = tracemalloc.get_traced_memory()[1]
    fleet = outcome.fleets[0]
    print(f"{fleet.alike} of {fleet.members} alike")
    print(f"{took:.2f} s, {took / members * 1000:.2f} ms a member")
    print(f"{peak / 1e6:.1f} MB at most, {peak / members / 1e3:.2f} kB a member")


if __name__ == "__main__":
    main()
