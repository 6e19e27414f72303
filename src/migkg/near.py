"""How alike two words are: what a mistyped name was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process


def likeness(one: str, other: str, least: float) -> float:
    """Return how much of two words is alike, in the same order, from 0 to 1; 0 where it is less than `least`."""
    return fuzz.ratio(one, other, score_cutoff=100 * least) / 100


def nearest(word: str, known: Iterable[str], most: int, least: float) -> list[str]:
    """Return the known words that are at least so alike, the nearest first; of equally near ones the first known."""
    found = process.extract(word, list(known), scorer=fuzz.ratio, limit=most, score_cutoff=100 * least)
    return [name for name, _, _ in found]
