"""What the drivers log: they quote servers, and a server may quote a password."""

from __future__ import annotations

import logging

POOL = "namesync"
"""The `pool_logging_name` of every engine: what pools of that name log goes nowhere."""

logging.getLogger(f"sqlalchemy.pool.impl.NullPool.{POOL}").disabled = True
logging.getLogger("psycopg").addFilter(lambda record: record.levelno >= logging.WARNING)
