"""What a file gives values for, and which code a value is: read from the graph and `data/intake/series/`."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from migkg import assets, queries
from migkg.errors import InputError
from migkg.intake.cells import fold, key
from migkg.stores import Store

_WHOLE = re.compile(r"[0-9]{1,9}\.0+")


@dataclass(frozen=True)
class Series:
    """A published series: the element of each breakdown, its unit (numbers) or none (codes), its usual source."""

    code: str
    indicator: str
    elements: dict[str, str]
    unit: str = ""
    source: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meaning:
    """What a row is about: an element, with the unit and source of its series; or why none was found.

    `coded` names the series when it holds codes, not figures.
    """

    element: str = ""
    indicator: str = ""
    unit: str = ""
    source: str = ""
    why: str = ""
    coded: str = ""


@dataclass
class Elements:
    """Elements by id, code and name; series by code and name; code lists with the words for their codes."""

    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lists: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    series: dict[str, Series] = field(default_factory=dict)
    belongs: dict[str, str] = field(default_factory=dict)

    def of_series(self, code: str, name: str, breakdown: str) -> Meaning:
        """Return what one row of a published series is about."""
        found = self.series.get(key(code)) or self.series.get(key(name))
        if found is None:
            known = ", ".join(sorted({s.code for s in self.series.values()}))
            return Meaning(why=f"no layout describes this series; described are {known}")
        if (element := found.elements.get(key(breakdown))) is not None:
            return self._in_series(found, element)
        named = {e for e in found.elements.values() if e in self.names.get(fold(breakdown), ())}
        if len(named) == 1:
            return self._in_series(found, named.pop())
        words = ", ".join(dict.fromkeys(word for word in found.words if word))
        return Meaning(why=f"the breakdown “{breakdown}” of {found.code} is none of {words}, or a name of one of them")

    def _in_series(self, series: Series, element: str) -> Meaning:
        coded = series.code if not series.unit and element in self.lists else ""
        return Meaning(element, series.indicator, series.unit, series.source, coded=coded)

    def of_name(self, text: str, indicator: str = "") -> Meaning:
        """Return the element that an id, a code or a name means; a series counts with its whole.

        Of several things of one name, the one that belongs to `indicator` is meant.
        """
        if text in self.ids:
            return self._meaning(text)
        if key(text) in self.series:
            return self.of_series(text, "", "")
        found = self.names.get(fold(text), set())
        mine = {element for element in found if indicator and self.belongs.get(element) == indicator} or found
        if len(mine) == 1:
            return self._meaning(next(iter(mine)))
        if found:
            listed = ", ".join(sorted(found)[:6])
            of = sorted({self.belongs[element] for element in found if element in self.belongs})
            also = f", or take only those of one indicator with --indicator, such as {of[0]}" if of else ""
            return Meaning(why=f"several things have this name: {listed}; use the id{also}")
        return Meaning(why="nothing that can be valued is called so here")

    def heading(self, text: str) -> str | None:
        """Return what the heading of a column of values stands for: `series<tab>breakdown`, an id, or None."""
        meant = self.of_name(text)
        if meant.element and key(text) not in self.series:
            return meant.element
        for word in re.split(r"[^\w]+", text):
            if (found := self.series.get(key(word))) is not None:
                return f"{found.code}\t{text.partition(word)[2].strip(' -–:|,')}"
        return None

    def code(self, element: str, text: str) -> str | None:
        """Return the code that a word means in the code list of an element; `3.0` is 3."""
        plain = text.partition(".")[0] if _WHOLE.fullmatch(text) else text
        found = self.words.get(self.lists.get(element, ""), {}).get(fold(plain), set())
        return next(iter(found)) if len(found) == 1 else None

    def allowed(self, element: str) -> str:
        """Say what may stand for the codes that an element takes: `1 (Requires further progress), 2 (…`."""
        listed = self.lists.get(element, "")
        return ", ".join(self.shown.get(code, code) for code in sorted(self.codes(listed)))

    def codes(self, scheme: str) -> set[str]:
        """Return the codes of a code list, such as `units`."""
        return {c for one in self.words.get(scheme, {}).values() for c in one}

    def _meaning(self, element: str) -> Meaning:
        alone = (s for s in self.series.values() if s.elements == {"": element})
        found = next(alone, None)
        return Meaning(element, self.belongs.get(element, element), *((found.unit, found.source) if found else ()))


def read(store: Store, top: Path | None = None) -> Elements:
    """Read elements and code lists from the graph, and series from their descriptions. Raises InputError."""
    made = Elements()
    by_code: dict[str, tuple[str, str]] = {}
    for row in queries.rows(store, "view/elements"):
        element, name = row["element"] or "", row["name"] or ""
        made.ids[element] = row["kind"] or ""
        made.names[fold(name)].add(element)
        if row["list"]:
            made.lists[element] = row["list"]
        if row["of"]:
            made.belongs[element] = row["of"]
            by_code[name] = (element, row["of"])
    for row in queries.rows(store, "view/code-words"):
        words = made.words.setdefault(row["list"] or "", defaultdict(set))
        for word in (row["code"] or "", row["word"] or ""):
            words[fold(word)].add(row["code"] or "")
        if row["label"]:
            short = (row["short"] or row["code"] or "").removeprefix(f"{row['list']}-")
            made.shown[row["code"] or ""] = f"{short} ({row['label']})"
    for path in assets.files("data/intake/series", ".yaml", at=top):
        _described(path, made, by_code)
    return made


def _described(path: Path, made: Elements, by_code: dict[str, tuple[str, str]]) -> None:
    """Take in one file of series. A series is found by its code and by every name that the graph has for it."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        for code, one in said["series"].items():
            thing, of = by_code.get(code, ("", ""))
            elements = {"": one["element"]} if "element" in one else said["breakdown"]
            indicator = of or said.get("indicator", "")
            found = Series(
                code,
                indicator,
                {key(str(k)): v for k, v in elements.items()},
                one.get("unit", ""),
                one.get("source", ""),
                tuple(map(str, elements)),
            )
            names = {name for name, (other, _) in by_code.items() if thing and other == thing}
            for name in {code, *names}:
                made.series[key(name)] = found
            for element in found.elements.values():
                made.belongs.setdefault(element, indicator)
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: a file of series needs series, each with element, or breakdown: {error}") from None
