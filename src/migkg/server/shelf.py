"""Answers kept while their release is served: an answer of one release never changes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SHARE = 32  # no single answer takes more than this part of the room


class Shelf(Generic[K, V]):
    """The answers used last, up to a number of bytes. To be used from one thread."""

    def __init__(self, room: int) -> None:
        self._room, self._used = room, 0
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return self._used

    def get(self, key: K) -> V | None:
        """Return what is kept under this key."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: K, value: V, size: int) -> None:
        """Keep a value of so many bytes, if it is not too large; forget those that were not used for longest."""
        if size * SHARE > self._room or key in self._kept:
            return
        self._kept[key] = value, size
        self._used += size
        while self._used > self._room:
            _, (_, freed) = self._kept.popitem(last=False)
            self._used -= freed
