"""Tables to disk, all or nothing: written apart, then moved into place together."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from migkg.errors import ResourceMissing, UsageError


def write(path: Path, head: Mapping[str, str], columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write one table: the head as YAML behind #, then the rows. Return the line of the first row.

    Raises ResourceMissing when the disk is in the way.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            said = yaml.safe_dump(dict(head), allow_unicode=True, sort_keys=True, width=10_000) if head else ""
            stream.writelines(f"# {line}\n" for line in said.splitlines())
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
        return len(said.splitlines()) + 2
    except OSError as error:
        raise ResourceMissing(f"{path} cannot be written: {error.strerror}.") from None


def refuse_overwriting(staged: Mapping[Path, Path], force: bool) -> list[Path]:
    """Return the targets that would change; those that hold the same bytes already are fine.

    `staged` maps each target to the file that is to take its place. Raises UsageError for a target that holds
    something else, unless `force`.
    """
    changed = []
    for target, made in staged.items():
        if target.exists():
            if target.is_file() and _same(target, made):
                continue
            if not force:
                raise UsageError(f"{target} exists and differs. Choose another --name, or overwrite it with --force.")
        changed.append(target)
    return changed


def place(staged: Mapping[Path, Path], targets: Sequence[Path]) -> None:
    """Move the files into place, each by one rename; if one fails, all is put back. Raises ResourceMissing."""
    beside, kept = (
        {t: t.with_name(f".{t.name}.part") for t in targets},
        {t: t.with_name(f".{t.name}.old") for t in targets},
    )
    done: list[Path] = []
    try:
        for target in targets:
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(staged[target], beside[target])
        for target in targets:
            if target.exists():
                _copy(target, kept[target])
            done.append(target)
            beside[target].replace(target)
    except OSError as error:
        for target in done:
            if kept[target].exists():
                kept[target].replace(target)
            else:
                target.unlink(missing_ok=True)
        raise ResourceMissing(f"{error.filename or targets[0]} cannot be written: {error.strerror}.") from None
    finally:
        for path in (*beside.values(), *kept.values()):
            path.unlink(missing_ok=True)


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, target.open("wb") as write:
        while block := read.read(1 << 20):
            write.write(block)
        write.flush()
        os.fsync(write.fileno())


def _same(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as a, other.open("rb") as b:
        while block := a.read(1 << 20):
            if block != b.read(1 << 20):
                return False
    return True
