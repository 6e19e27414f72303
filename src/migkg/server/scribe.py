"""The one that writes: has the next release made, opens it, and lets it take the place of this one.

Readers see the old release until the new one is whole, chosen on disk and open; each request stays in the release that
it began in. A change that fails, at whatever step, leaves everything as it was.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migkg import overlay, release
from migkg.errors import InputError, LimitReached, ResourceMissing, UsageError
from migkg.release import Release
from migkg.server.spare import Spare
from migkg.server.world import World
from migkg.splice import Delta
from migkg.writer import Writer
from migkg.writing import Change, Draft

log = logging.getLogger("migkg.server")
PATIENCE = 5
MANY = 200  # drafts of one process: the store in memory keeps a trace of each, so its memory grows


@dataclass(frozen=True)
class Written:
    """A change that is done: the world that shows it, and what was found worth a look."""

    world: World
    draft: Draft


class Scribe:
    """Writes for one app; `state.world` is the world that new requests see. One change at a time."""

    def __init__(self, state: Any) -> None:
        """Raises UsageError when a token is set and the release is not the current one, which is what is written."""
        self.state = state
        self.settings = state.world.settings
        self._writer: Writer | None = None
        self._spare: Spare | None = None
        self._lock = threading.Lock()
        self.folder = Path()
        current = release.current()
        self.serves_current = current is not None and current.path == state.world.release.path
        if self.settings.token is None:
            return
        if not self.serves_current:
            raise UsageError(
                "With MIGKG_TOKEN only the current release can be served, since a change makes the next one. "
                "Leave out the folder, or unset MIGKG_TOKEN to only read."
            )

    def open(self) -> None:
        """Start the process that makes drafts, so that the first change need not wait for it."""
        if self.settings.token is not None:
            self.folder = Path(tempfile.mkdtemp(prefix="migkg-sent-"))
            self._writer = self._start(self.state.world.release)
            self._spare = Spare(self.state.world)

    def close(self) -> None:
        """Stop that process; what it was doing comes to nothing."""
        if self._writer is not None:
            self._writer.stop()
            if self._spare is not None:
                self._spare.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, change: Change) -> Written:
        """Make the change. Blocks until the next release is the one that is served.

        Raises what `Writer.draft` raises, and LimitReached or ResourceMissing; then nothing has changed.
        """
        with self._lock, _hidden(), release.alone(PATIENCE):
            here = self._latest()
            with release.workshop() as folder:
                done = self._draft(here.release, change, folder)
                try:
                    made = release.settle(folder, reuse=True)
                    fresh = self._take_place(here, made, done.delta)
                    if self._writer is not None:
                        self._writer.made = made
                except BaseException:
                    self._drop_writer()  # it goes on from a release that will not be
                    raise
            self._tidy()
            return Written(fresh, done)

    def follow(self) -> None:
        """Serve the current release, if another process has made one. Raises InputError, ResourceMissing."""
        current = release.current()
        if current is None or current.id == self.state.world.release.id:
            return
        with self._lock:
            self._take_place(self.state.world, current, choose=False)

    def _latest(self) -> World:
        """Return the world of the current release, which a build may have made meanwhile."""
        here: World = self.state.world
        current = release.current()
        if current is None:
            raise ResourceMissing("The release on disk is gone.")
        return here if current.id == here.release.id else self._take_place(here, current)

    def _draft(self, made: Release, change: Change, folder: Path) -> Draft:
        writer = self._writer
        if writer is None or not writer.alive or writer.made.id != made.id or writer.drafts >= MANY:
            self._drop_writer()
            writer = self._writer = self._start(made)
        try:
            return writer.draft(change, folder, self.settings.write_seconds)
        finally:
            if not writer.alive:
                self._writer = self._start(made)

    def _take_place(self, here: World, made: Release, delta: Delta | None = None, *, choose: bool = True) -> World:
        """Open a settled release, choose it if another did not, and let all new requests see it."""
        if made.id == here.release.id:
            return here
        spare, self._spare = self._spare, None
        store, worker = spare.advance(here.release, delta) if spare else (None, None)
        fresh = World(made, self.settings, store=store, counts=here.counts)
        try:
            fresh.open(worker)
            if choose:
                release.choose(made)
        except BaseException:
            fresh.close()
            raise
        self.state.world = fresh
        if self.settings.token is not None:
            self._spare = Spare(fresh, here, delta)
        else:
            threading.Thread(target=_leave, args=(here,), name="leave", daemon=True).start()
        return fresh

    def _start(self, made: Release) -> Writer:
        return Writer(made, memory_mb=self.settings.writer_mb)

    def _drop_writer(self) -> None:
        if self._writer is not None:
            self._writer.stop()
            self._writer = None

    def _tidy(self) -> None:
        """Remove files of graphs that no release lists any more."""
        kept = []
        for path in (release.place() / "releases").iterdir():
            try:
                kept.append(release.read(path))
            except InputError:
                return  # who knows what it lists: keep everything
        with suppress(OSError):
            overlay.tidy(kept)


def _leave(world: World) -> None:
    """Close a world once its last request is answered."""
    for worker in world.retire(PATIENCE) or []:
        worker.stop()


@contextmanager
def _hidden() -> Iterator[None]:
    """Tell the log, not the client, where on this machine something is in the way."""
    try:
        yield
    except LimitReached:
        raise
    except (ResourceMissing, OSError) as error:
        if type(error) is not ResourceMissing and isinstance(error, ResourceMissing):
            raise
        log.error("A change was not written: %s", error)
        raise ResourceMissing("The disk of the server is in the way. Nothing was written.") from None
