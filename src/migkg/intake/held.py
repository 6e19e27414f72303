"""What the graph already holds from the same source: a value that differs is said, and not settled here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from migkg import queries
from migkg.intake.reader import Value
from migkg.intake.wishes import Outcome
from migkg.stores import Store
from migkg.terms import thing


def plain(value: str) -> str | Decimal:
    """Return a figure as the number it is: 55.5 and 55.50 are one."""
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


@dataclass
class Held:
    """The values of each source that a table names, read from the graph when it is first named."""

    store: Store
    values: dict[str, dict[tuple[str, str, str], set[str]]] = field(default_factory=dict)

    def compare(self, one: Value, out: Outcome) -> None:
        """Note it when the graph has another value for the same, from the same source."""
        if one.source not in self.values:
            self.values[one.source] = self._read(one.source)
        held = self.values[one.source].get((one.area, one.element, one.period))
        if held and one.value and plain(one.value) not in set(map(plain, held)):
            said = f"{one.area}, {one.element}, {one.period}"
            message = (
                f"{said}: the graph has {' and '.join(sorted(held))} from {one.source}, this file has {one.value}. "
                "Both will stand; see which is right, or name the newer edition as a source of its own."
            )
            out.remark(
                "differs-from-graph", message, line=one.line, column=one.column, value=one.value_text or one.value
            )

    def _read(self, source: str) -> dict[tuple[str, str, str], set[str]]:
        found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        if source:
            for row in queries.rows(self.store, "view/held-values", source=thing(source)):
                found[row["area"] or "", row["element"] or "", row["period"] or ""].add(row["value"] or "")
        return dict(found)
