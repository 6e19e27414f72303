"""One reconciliation table for countries, groups and bodies: what a file calls them, and which thing that is.

The names are data (labels, other names and former codes of `data/areas/`, read by `view/area-names`). A near match
is only ever proposed, never taken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from migkg import queries, words
from migkg.intake.cells import fold
from migkg.near import nearest
from migkg.stores import Store
from migkg.texts import say

NEAR = 3
LEFT_OUT = "-"
# What a table adds to a name for a footnote: Kenya[1], Uganda (a), Rwanda¹, Mali *
_NOTED = re.compile(r"\s*(?:\[[0-9a-z]{1,2}\]|\([0-9a-z]{1,2}\)|[¹²³⁴⁵⁶⁷⁸⁹⁰*†‡]+|(?<=[^\W\d])[0-9]{1,2})\s*$")


@dataclass(frozen=True)
class Place:
    """What a name led to: one `thing`, or none and the reason, with the nearest names."""

    thing: str = ""
    why: str = ""
    near: str = ""


def way_out(near: str) -> str:
    """Say what to do with a name that leads nowhere."""
    return (
        f"Near: {near}. " if near else ""
    ) + "Correct it, or say what it means in a table for --names (columns name and area; - leaves its rows out)."


@dataclass
class Names:
    """The table: codes as they are written, names folded, labels to show; `own` are the user's for this run."""

    codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    labels: dict[str, str] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    _seen: dict[tuple[str, bool], Place] = field(default_factory=dict)

    def find(self, text: str, m49: bool = False) -> Place:
        """Return the thing that a cell names; with `m49`, a number is a code of UNSD, padded or not."""
        asked = (text, m49)
        if asked not in self._seen:
            self._seen[asked] = self._find(text, m49)
        return self._seen[asked]

    def taken(self, text: str) -> bool:
        """Return whether a cell held this name, and no name of the person's own decided what it means."""
        found = {fold(name) for (name, _), place in self._seen.items() if place.thing}
        return fold(text) in found and fold(text) not in self.own

    def _find(self, text: str, m49: bool) -> Place:
        if (own := self.own.get(fold(text))) is not None:
            return Place(own)
        if re.fullmatch(r"[0-9]{1,3}", text):
            if not m49:
                return Place(why="a number alone names no country here; use the ISO code or the name")
            found = self.codes.get(f"M49 {int(text):03d}", set()) | ({f"m49-{int(text):03d}"} & set(self.labels))
            if found:
                return self._one(found, text)
            return Place(why=_became(f"{int(text):03d}") or "no country or group has this M49 number")
        if text in self.labels:
            return Place(text)
        if re.fullmatch(r"[A-Z]{2}|[A-Za-z]{3}", text) and (found := self.codes.get(text.upper(), set())):
            return self._one(found, text)
        for form in _forms(text):
            if found := self.names.get(form, set()):
                return self._one(found, text)
        for form in (text, *_forms(text)):
            if gone := _became(form, text):
                return Place(why=gone)
        return Place(why="no country or group is called so here", near=self._near(text))

    def _one(self, found: set[str], text: str) -> Place:
        if len(found) == 1:
            return Place(next(iter(found)))
        listed = ", ".join(f"{t} ({self.labels.get(t, t)})" for t in sorted(found))
        return Place(why=f"several things are called so: {listed}; use the code")

    def _near(self, text: str) -> str:
        text = _NOTED.sub("", text).strip() or text
        folded = fold(text)
        close = nearest(folded, self.names, NEAR * 2, 0.7)
        close += [n for n in self.names if len(folded) > 3 and (f" {folded} " in f" {n} " or f" {n} " in f" {folded} ")]
        if len(text) <= 3:
            close = [fold(self.labels[t]) for t in sorted(self.codes.get(text.upper(), set()))] + close
        if folded in self.names:
            close.insert(0, folded)
        things = list(dict.fromkeys(t for n in close for t in sorted(self.names[n])))[:NEAR]
        return ", ".join(f"{t} ({self.labels.get(t, t)})" for t in things)


def _became(word: str, shown: str = "") -> str:
    """Return what became of the country of former times that a word names, as a sentence without its full stop."""
    gone = words.former().get(words.fold(word))
    if gone is None:
        return ""
    return say(f"area-{gone.became}", value=shown or word, **gone.said()).removesuffix(".")


def _forms(text: str) -> list[str]:
    """Return the folded name, and the name with what stands behind a comma or in brackets put first."""
    forms = [fold(text)]
    if found := re.fullmatch(r"\s*([^,(]+?)\s*(?:,\s*([^,()]+)|\(([^()]+)\))\s*", text):
        forms.append(fold(f"{found[2] or found[3]} {found[1]}"))
    return forms


def read(store: Store, bodies: bool = False, own: dict[str, str] | None = None) -> Names:
    """Read the table from the graph; `own` maps names to ids (or to `LEFT_OUT`)."""
    made = Names()
    for row in queries.rows(store, "view/area-names"):
        thing, name = row["thing"] or "", row["name"] or ""
        if row["kind"] == "body" and not bodies:
            continue
        if row["how"] == "code":
            made.codes[name].add(thing)
        else:
            made.names[fold(name)].add(thing)
        made.labels[thing] = row["label"] or thing
    made.own = {fold(k): v for k, v in (own or {}).items()}
    return made
