"""PyMySQL's connection, which knows when it is over."""

from __future__ import annotations

from typing import Any

from pymysql.connections import Connection


class MySQLLine(Connection):  # type: ignore[misc]
    """Once it is lost, rows that were still to come do not: PyMySQL would ask for them whenever a cursor goes away."""

    _closed = False
    _result: Any = None

    def close(self) -> None:
        """Once; twice is no error."""
        if not self._closed:
            super().close()

    def _force_close(self) -> None:
        if self._result is not None:
            self._result.unbuffered_active = False
        super()._force_close()

    __del__ = _force_close
