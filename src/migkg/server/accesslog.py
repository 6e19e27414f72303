"""One line of JSON for each request, for those who run the server.

A line holds what was asked and how it went, never who asked, no header, and no more of a query than its beginning.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import unquote

SHOWN = 200
# What a client should not have put into an address.
_SECRET = re.compile(r"\b((?:access_)?token|password|passwd|secret|api_?key)=[^&]*", re.I)


class AccessLog:
    """Writes the lines; each is whole, also when several threads write."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    def write(
        self, scope: MutableMapping[str, Any], *, status: int, size: int, began: float, release: str, request: str
    ) -> None:
        """Write one line. A status of 0 means that nothing was answered; `began` is of `time.perf_counter`."""
        query = scope.get("query_string", b"").decode("latin-1")
        said = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": scope["method"],
            "path": scope["path"][:SHOWN],
            "query": _SECRET.sub(r"\1=***", unquote(query[: 3 * SHOWN]))[:SHOWN],
            "status": status,
            "bytes": size,
            "ms": round(1000 * (time.perf_counter() - began), 1),
            "release": release,
            "request": request,
        }
        # What is no sign of ASCII is escaped, so that no text of others moves a cursor or ends a line.
        line = json.dumps(said, ensure_ascii=True, separators=(",", ":"))
        try:
            self._out.write(line.replace("\x7f", "\\u007f") + "\n")
            self._out.flush()
        except (OSError, ValueError):  # nobody reads the log any more: that is no reason to stop
            return
