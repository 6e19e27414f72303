"""The fewest answers that lift a value to a limit: exact arithmetic over fractions, knowing nothing of graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import comb

MANY = 8  # with more kinds of gains than this the sets are not counted


@dataclass(frozen=True)
class Item:
    """A question in a part: its weight, what its answer is worth now (None where missing), the best worth."""

    name: str
    weight: Fraction
    now: Fraction | None
    best: Fraction


@dataclass(frozen=True)
class Need:
    """How few changes reach a limit: `names` is one smallest set, `sets` how many of that size do, None if uncounted.

    `gains` are the questions that can rise, the largest gain first, in points of the value.
    """

    names: tuple[str, ...]
    sets: int | None
    gains: tuple[tuple[Fraction, tuple[str, ...]], ...]


def value(items: Iterable[Item], missing: Fraction | None) -> Fraction | None:
    """Return the value from 0 to 100; `missing` is what a missing answer counts, None where it is left out."""
    got, all_ = Fraction(0), Fraction(0)
    for one in items:
        worth = one.now if one.now is not None else missing
        if worth is not None:
            got += one.weight * worth
            all_ += one.weight
    return 100 * got / all_ if all_ else None


def need(items: Iterable[Item], missing: Fraction | None, limit: Fraction) -> Need | None:
    """Return the fewest answers to change so that the value reaches the limit; None when none can.

    Where missing answers are left out, an answer more changes what is divided by; the condition stays linear: the sum
    of weight × (worth − limit) over all that is answered must not be below 0.
    """
    share = limit / 100
    rows = list(items)
    lack = Fraction(0)
    gain: dict[str, Fraction] = {}
    for one in rows:
        now = one.now if one.now is not None else missing
        if now is None:
            gain[one.name] = one.weight * (one.best - share)
        else:
            lack += one.weight * (share - now)
            gain[one.name] = one.weight * (one.best - now)
    none = missing is None and all(one.now is None for one in rows)  # then the first answer alone makes a value
    rising = sorted(
        ((g, n) for n, g in gain.items() if g > 0 or (none and g == 0)), key=lambda pair: (-pair[0], pair[1])
    )
    taken: list[str] = []
    reached = Fraction(0)
    for amount, name in rising:
        if taken and reached >= lack:
            break
        taken.append(name)
        reached += amount
    if not taken or reached < lack:
        return None
    whole = sum((one.weight for one in rows), Fraction(0))
    kinds: dict[Fraction, list[str]] = {}
    for amount, name in rising:
        kinds.setdefault(amount, []).append(name)
    sizes = {amount: len(names) for amount, names in kinds.items()}
    sets = _sets(sizes, len(taken), lack) if len(kinds) <= MANY else None
    return Need(tuple(taken), sets, tuple((100 * amount / whole, tuple(names)) for amount, names in kinds.items()))


def _sets(sizes: Mapping[Fraction, int], count: int, lack: Fraction) -> int:
    """Return how many sets of `count` questions gain at least `lack`, by how many of each kind are taken."""
    if not sizes:
        return int(count == 0 and lack <= 0)
    amount, *rest = sizes
    others = {kind: sizes[kind] for kind in rest}
    return sum(
        comb(sizes[amount], taken) * _sets(others, count - taken, lack - taken * amount)
        for taken in range(min(sizes[amount], count) + 1)
    )
