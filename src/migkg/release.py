"""A release on disk: where it is, what its manifest says, how the next one takes its place.

    <place>/releases/<version>-<hash>/   migkg.nq  merged.nt  manifest.json  store/
    <place>/release -> releases/<version>-<hash>
    <place>/put/<hash>.nt                graphs put into a server; the manifest lists which of them belong

In a checkout the place is `build/`; for an installed wheel it is the user's cache folder. The link is
swapped by one rename, so a reader sees the old release or the new one, never half of either.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migkg import assets
from migkg._version import __version__
from migkg.errors import InputError, LimitReached, ResourceMissing

QUADS, MERGED, MANIFEST, STORE = "migkg.nq", "merged.nt", "manifest.json", "store"
KEPT = 2


@dataclass(frozen=True)
class Release:
    """One immutable release; `path` is its folder, `manifest` what `manifest.json` holds."""

    path: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        """Version and content hash, short enough to read aloud."""
        return f"{self.manifest['version']}-{str(self.manifest['hash'])[:12]}"


def place() -> Path:
    """Return the folder that releases live in."""
    if base := os.environ.get("MIGKG_HOME"):
        return Path(base)
    if checkout := assets.checkout():
        return checkout / "build"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "migkg" / f"{__version__}-{assets.fingerprint()[:12]}"


def read(path: Path) -> Release:
    """Return the release in this folder.

    Raises InputError when the folder holds none, or one that is not whole.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        whole = manifest["hash"] and (path / QUADS).is_file() and (path / STORE).is_dir()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} holds no migkg release. Run `migkg build`.") from error
    if not whole:
        raise InputError(f"The release in {path} is not whole. Run `migkg build`.")
    return Release(path.resolve(), manifest)


def current() -> Release | None:
    """Return the release in use, or None when nothing was built yet."""
    link = place() / "release"
    return read(link) if (link / MANIFEST).is_file() else None


def beside(made: Release) -> list[Release]:
    """Return the other releases in the folder of this one, the latest made first; none where it stands alone."""
    folder = made.path.parent
    if folder.name != "releases":
        return []
    there = [p for p in folder.iterdir() if p != made.path and (p / MANIFEST).is_file()]
    return [read(p) for p in sorted(there, key=lambda p: (-(p / MANIFEST).stat().st_mtime_ns, p.name))]


@contextmanager
def workshop() -> Iterator[Path]:
    """Give an empty folder beside the releases to build in; it is removed when it was not published.

    Raises ResourceMissing when the disk refuses.
    """
    try:
        place().mkdir(parents=True, exist_ok=True)
        _tidy(place())
        folder = Path(tempfile.mkdtemp(prefix=f".making-{os.getpid()}-", dir=place()))
    except OSError as error:
        raise ResourceMissing(
            f"Cannot write to {place()}: {error.strerror}. Set MIGKG_HOME to another folder."
        ) from error
    try:
        yield folder
    except OSError as error:
        raise ResourceMissing(f"Could not finish in {place()}: {error.strerror}. The old release stays.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tidy(home: Path) -> None:
    """Remove what builds left behind that were killed."""
    for path in home.glob(".making-*"):
        maker = path.name.split("-")[1]
        if not (maker.isdigit() and Path(f"/proc/{maker}").exists()):
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def alone(patience: float | None = None) -> Iterator[None]:
    """Be the only one, in any process, who makes the next release here; the system frees the place of who dies.

    Raises LimitReached when another is still at it after `patience` seconds (None waits), ResourceMissing when the
    disk refuses.
    """
    try:
        place().mkdir(parents=True, exist_ok=True)
        handle = os.open(place() / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise ResourceMissing(
            f"Cannot write to {place()}: {error.strerror}. Set MIGKG_HOME to another folder."
        ) from error
    try:
        deadline = None if patience is None else time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if deadline is None else fcntl.LOCK_NB))
                break
            except BlockingIOError:
                if deadline is None or time.monotonic() > deadline:
                    raise LimitReached("Another release is being made. Try again in a few seconds.") from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def publish(folder: Path) -> Release:
    """Make the finished folder the current release, by one rename, and return it."""
    return choose(settle(folder))


def settle(folder: Path, *, reuse: bool = False) -> Release:
    """Give the finished folder its name among the releases; the current one stays current.

    `reuse` takes a release of the same content that is there already, which somebody may be reading.
    """
    made = read(folder)
    home = place() / "releases" / made.id
    home.parent.mkdir(exist_ok=True)
    if home.exists() and (reuse or home.resolve() == (place() / "release").resolve()):
        if not reuse:  # the same statements out of changed files, such as another comment: say so, or it stays outdated
            (folder / MANIFEST).replace(home / MANIFEST)
        return read(home)
    shutil.rmtree(home, ignore_errors=True)
    folder.rename(home)
    return read(home)


def choose(made: Release) -> Release:
    """Make a settled release the current one, by one rename, and remove those that are too old."""
    home = made.path
    os.utime(home)  # the latest chosen are kept, not the latest made
    link = place() / f".release-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / home.name)
    link.replace(place() / "release")
    older = sorted((p for p in home.parent.iterdir() if p != home), key=lambda p: p.stat().st_mtime)
    for path in older[: max(0, len(older) - KEPT + 1)]:
        shutil.rmtree(path, ignore_errors=True)
    return made
