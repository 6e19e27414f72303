"""What the conversion of a table of figures knows: areas, elements and values, and what it looked up before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from migkg.errors import UsageError
from migkg.intake import cells
from migkg.intake.cells import Unreadable
from migkg.intake.elements import Elements, Meaning
from migkg.intake.names import Names
from migkg.intake.wishes import Wishes


class Value(NamedTuple):
    """One value as it is written, with the line it comes from."""

    line: int
    column: str
    area: str
    element: str
    period: str
    value: str
    status: str
    unit: str
    source: str
    note: str
    nature: str
    value_text: str
    area_text: str


@dataclass
class Reader:
    """What a conversion knows: names, elements, wishes, and what it has looked up before."""

    names: Names
    elements: Elements
    wishes: Wishes
    sources: set[str]
    by_name: dict[tuple[str, str], str] = field(default_factory=dict)
    fine: dict[tuple[str, ...], tuple[str, str] | None] = field(default_factory=dict)
    said_of: int = 0
    _areas: dict[tuple[str, str], tuple[str, str, str]] = field(default_factory=dict)
    _about: dict[tuple[str, ...], Meaning] = field(default_factory=dict)
    _values: dict[tuple[str, str, str, bool], tuple[str, str]] = field(default_factory=dict)

    def area(self, code: str, name: str, m49: bool) -> tuple[str, str, str]:
        """Return the area of a row, why there is none, and the nearest names; code and name must agree."""
        asked = (code, name)
        if asked not in self._areas:
            self._areas[asked] = self._area(code, name, m49)
        return self._areas[asked]

    def _area(self, code: str, name: str, m49: bool) -> tuple[str, str, str]:
        by_name = self.names.find(name) if name else None
        if code:
            found = self.names.find(code, m49)
            if found.thing and by_name and by_name.thing not in ("", found.thing):
                said = self.names.labels.get(found.thing, found.thing)
                return "", f"the code {code} is {found.thing} ({said}), the name “{name}” is {by_name.thing}", ""
            if found.thing or not (by_name and by_name.thing):
                return found.thing, found.why, found.near or (by_name.near if by_name else "")
            self.by_name[code, name] = by_name.thing
        if by_name:
            return by_name.thing, by_name.why, by_name.near
        return "", "no country is named", ""

    def about(self, texts: tuple[str, ...], series: bool) -> Meaning:
        """Return what a row is about: (code, name, breakdown) of a series, or an id, code or name of an element."""
        if texts not in self._about:
            self._about[texts] = (
                self.elements.of_series(*texts) if series else self.elements.of_name(texts[0], self.wishes.indicator)
            )
        return self._about[texts]

    def value(self, element: str, unit: str, text: str, coded: bool = False) -> tuple[str, str]:
        """Return value and status for the text of a cell; `coded` where the series holds codes. Raises Unreadable."""
        asked = (element, unit, text, coded)
        if asked not in self._values:
            if len(self._values) > 50_000:
                self._values.clear()
            self._values[asked] = self._value(*asked)
        return self._values[asked]

    def _value(self, element: str, unit: str, text: str, coded: bool) -> tuple[str, str]:
        if text.casefold() in self.wishes.missing:
            return "", "missing"
        if unit:
            if unit == "percent" and text.endswith("%"):
                text = text[:-1].rstrip()
            return cells.number(text, self.wishes.decimal), "normal"
        if code := self.elements.code(element, text):
            return code, "normal"
        if element in self.elements.lists:
            why = f"expected one of {self.elements.allowed(element)}; a word for “no value” is named with --missing"
            raise Unreadable(why if coded else f"{why}; for figures name the unit with --unit")
        raise UsageError(f"{element} takes figures, and a figure needs its unit: name it with --unit, such as percent.")
