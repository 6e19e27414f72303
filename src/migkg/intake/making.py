"""From a recognised table to a table of the project: the rows in the order of the file, and what it says twice."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

from migkg import lookup
from migkg.intake import elements, files, held, layouts, lists, names, observations, writing
from migkg.intake.reader import Reader, Value
from migkg.intake.wishes import Outcome, Wishes
from migkg.stores import Store
from migkg.terms import thing


def values(
    raw: files.Raw, fit: layouts.Fit, reader: Reader, out: Outcome, told: Callable[[int], None],
    target: Path, head: dict[str, str], known: held.Held,
) -> None:  # fmt: skip
    """Write the values of a table row by row; the order is that of the file."""
    nature = "nature" in fit.roles
    seen: dict[tuple[str, str], int] = {}
    again: set[tuple[str, str, str]] = set()
    origin = array("L")
    what = {"observation": "observation", "row": f"sheet {raw.sheet}, row"}.get(raw.counts, "line")

    def rows() -> Iterator[tuple[str, ...]]:
        for one in observations.values(raw, fit, reader, out, told):
            # One bit a year: what has been seen of an area and element, however long the file is.
            bit = 1 << (int(one.period) - 1900)
            years = seen.get((one.area, one.element), 0)
            if years & bit:
                again.add((one.area, one.element, one.period))
                continue
            seen[one.area, one.element] = years | bit
            out.accepted += 1
            origin.append(one.line)
            known.compare(one, out)
            where = f"{what} {one.line}" + (f", column {one.column[:60]}" if fit.spread else "")
            kept = (one.value_text, one.area_text, where)
            yield (*one[2:10], *((one.nature,) if nature else ()), *kept)

    columns = (*observations.COLUMNS, *(("nature",) if nature else ()), *observations.KEPT)
    out.origin[target] = (writing.write(target, head, columns, rows()), origin)
    for (code, said), thing_ in reader.by_name.items():
        out.remark(
            "code-unknown", f"The code {code} is not known; “{said}” is taken by its name, {thing_}.", value=code
        )
    if again:
        _compare(raw, fit, reader, out, again)
    out.staged.append(target)


def _compare(raw: files.Raw, fit: layouts.Fit, reader: Reader, out: Outcome, again: set[tuple[str, str, str]]) -> None:
    """Read the file once more and look at what it says twice: the same is a remark, different values are an error."""
    first: dict[tuple[str, str, str], Value] = {}
    for one in observations.values(raw, fit, reader, Outcome(out.file), lambda _done: None):
        key = (one.area, one.element, one.period)
        if key not in again:
            continue
        earlier = first.setdefault(key, one)
        if earlier is one:
            continue
        said = f"{one.area}, {one.element}, {one.period}"
        if (held.plain(one.value), *one[6:8]) == (held.plain(earlier.value), *earlier[6:8]):
            out.skipped["says the same as an earlier row"] += 1
            out.remark(
                "row-repeated", f"{said} stands already in line {earlier.line}, with the same value.", line=one.line
            )
        else:
            out.refused += 1
            message = (
                f"{said} has two values: {earlier.value or 'none'} in line {earlier.line}, {one.value or 'none'} here."
            )
            fix = "If a column tells the rows apart, leave only the rows that are the whole."
            out.problem(
                "value-twice", message, line=one.line, column=one.column, value=one.value_text or one.value, fix=fix
            )


def a_list(
    raw: files.Raw, fit: layouts.Fit, store: Store, parts: elements.Elements, wishes: Wishes,
    out: Outcome, told: Callable[[int], None], stage: Path, name: str, head: dict[str, str],
) -> None:  # fmt: skip
    """Write participation or memberships, and the description of their list unless the graph has it."""
    fit = lists.told_apart(raw, fit, out)
    lists.check(fit, wishes, str(raw.path))
    makes = fit.layout.makes
    about = wishes.treaty if makes == "participation" else wishes.organisation
    origin = wishes.source_title or lookup.describe(store, thing(wishes.source)).label
    reader = lists.ListReader(
        names.read(store, bodies=True, own=wishes.names), wishes, parts.words.get("roles", {}),
        lookup.describe(store, thing(about)).label, origin,
    )  # fmt: skip
    columns = lists.PARTICIPATION if makes == "participation" else lists.MEMBERSHIP
    target = stage / makes / f"{name}.csv"
    first = writing.write(target, head, columns, lists.rows(raw, fit, reader, out, told))
    out.origin[target] = (first, reader.origin)
    out.staged.append(target)
    known = f"list-{wishes.list}" if makes == "participation" else f"ml-{about}--{wishes.source.removeprefix('src-')}"
    if not lookup.is_a(store, thing(known), "ParticipationList" if makes == "participation" else "MembershipList"):
        header, row = lists.described(makes, reader, raw.path.name)
        folder = "participation-lists" if makes == "participation" else "membership-lists"
        writing.write(stage / folder / f"{name}.csv", head, header, [row])
        out.staged.append(stage / folder / f"{name}.csv")
