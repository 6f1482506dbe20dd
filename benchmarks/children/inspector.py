"""The same objects through SQLAlchemy's inspector: `inspector.py URL...`"""

from __future__ import annotations

import sys

from sqlalchemy import create_engine, inspect


def main() -> None:
    for url in sys.argv[1:]:
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:").replace("mysql:", "mysql+pymysql:"))
        found = inspect(engine)
        for read in (
            found.get_multi_pk_constraint,
            found.get_multi_unique_constraints,
            found.get_multi_indexes,
            found.get_multi_foreign_keys,
        ):
            read()
        engine.dispose()


if __name__ == "__main__":
    main()
