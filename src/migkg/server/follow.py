"""A release that another process made takes the place of this one, without a request that fails.

Several servers may serve one folder of releases: each looks every second where the link leads, opens the new release
beside the old one, and lets new requests see it. A server that was told to serve another release stays with that.
"""

from __future__ import annotations

import logging
import threading

from migkg.errors import MigkgError
from migkg.server.scribe import Scribe

log = logging.getLogger("migkg.server")
EVERY = 1.0


class Follower:
    """Looks for the next release as long as the app runs."""

    def __init__(self, scribe: Scribe) -> None:
        self._scribe = scribe
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)

    def open(self) -> None:
        """Begin to look, where the release that is served is the current one."""
        if self._scribe.serves_current:
            self._thread.start()

    def close(self) -> None:
        """Stop looking; a release that is being opened is opened first."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                self._scribe.follow()
            except (MigkgError, OSError) as error:  # the old release stays, and the next look may find it mended
                log.error("The next release cannot be served: %s", error)
