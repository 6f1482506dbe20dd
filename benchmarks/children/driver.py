"""The bare catalog queries through the driver, one database after the other: `driver.py URL STATEMENTS [URL STATEMENTS]...`

STATEMENTS is a file with a JSON list. Nothing is done with the rows: this is the limit.
"""

from __future__ import annotations

import json
import sys
from urllib.parse import urlsplit


def connect(url: str):  # type: ignore[no-untyped-def]  # either driver's connection
    if url.startswith("postgresql:"):
        import psycopg

        return psycopg.connect(url, autocommit=True)
    import pymysql

    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname, port=parts.port, user=parts.username, database=parts.path[1:], autocommit=True, ssl_disabled=True
    )


def main() -> None:
    for url, path in zip(sys.argv[1::2], sys.argv[2::2], strict=True):
        with open(path) as file:
            statements = json.load(file)
        connection = connect(url)
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
            if cursor.description is not None:
                cursor.fetchall()
        connection.close()


if __name__ == "__main__":
    main()
