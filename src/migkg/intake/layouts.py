"""What a published table looks like, as data: one file of `data/intake/layouts/` describes one kind of table.

A layout gives roles to columns by their names. A table fits when every role that the layout needs has a column;
of several that fit, the one that explains most columns counts. A wide table spreads one role over its columns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from migkg import assets
from migkg.errors import InputError, UsageError
from migkg.intake.cells import key

MAKES = ("observations", "participation", "memberships")
SPREADS = ("period", "area", "element")
_KEYS = {
    "title",
    "makes",
    "needs",
    "columns",
    "ignore",
    "spread",
    "headings",
    "m49",
    "acts",
    "parts",
    "marks",
    "signed_marks",
    "footnotes",
    "alone",
    "days",
    "note",
}


@dataclass(frozen=True)
class Layout:
    """One kind of table; see `data/intake/README.md` for the keys of its file."""

    name: str
    title: str
    makes: str
    needs: tuple[tuple[str, ...], ...]
    columns: Mapping[str, tuple[str, ...]]
    ignore: frozenset[str] = frozenset()
    spread: str = ""
    headings: str = ""
    m49: bool = False
    acts: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    footnotes: bool = False
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    signed_marks: Mapping[str, str] = field(default_factory=dict)
    alone: bool = False
    days: Mapping[str, str] = field(default_factory=dict)
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Fit:
    """A table and its layout: the column of each role, the columns a wide table spreads, and those not read."""

    layout: Layout
    header: list[str]
    line: int
    roles: dict[str, int]
    spread: dict[int, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def layouts(top: Path | None = None) -> list[Layout]:
    """Return the layouts of the project, by name."""
    return [read(path) for path in assets.files("data/intake/layouts", ".yaml", at=top)]


def read(path: Path) -> Layout:
    """Read the description of a layout. Raises InputError saying which key is wrong."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read as YAML: {error}") from None
    if not isinstance(said, dict) or not isinstance(said.get("columns"), dict):
        raise InputError(f"{path}: a layout needs at least title, makes, needs and columns.")
    if unknown := set(said) - _KEYS:
        raise InputError(f"{path}: unknown key {', '.join(sorted(map(str, unknown)))}.")
    if said.get("makes") not in MAKES or said.get("spread", "") not in ("", *SPREADS):
        raise InputError(f"{path}: `makes` is one of {', '.join(MAKES)}; `spread` one of {', '.join(SPREADS)}.")
    needs = tuple(tuple(one) if isinstance(one, list) else (str(one),) for one in said.get("needs", []))
    columns = {role: tuple(map(_pattern, _list(names))) for role, names in said["columns"].items()}
    if lost := {role for one in needs for role in one} - set(columns):
        raise InputError(f"{path}: `needs` names roles without columns: {', '.join(sorted(lost))}.")
    parts = said.get("parts") or {}
    if not isinstance(parts, dict) or not all(r in columns and isinstance(n, dict) for r, n in parts.items()):
        raise InputError(f"{path}: `parts` gives for roles of `columns` the parts of a heading, each with its act.")
    return Layout(
        path.stem,
        str(said.get("title", path.stem)),
        said["makes"],
        needs,
        columns,
        frozenset(key(str(c)) for c in _list(said.get("ignore"))),
        said.get("spread", ""),
        said.get("headings", ""),
        bool(said.get("m49")),
        said.get("acts") or {},
        said.get("marks") or {},
        bool(said.get("footnotes")),
        {role: {key(str(k)): str(v or "") for k, v in named.items()} for role, named in parts.items()},
        said.get("signed_marks") or {},
        bool(said.get("alone")),
        said.get("days") or {},
        {role: tuple(map(str, _list(names))) for role, names in said["columns"].items()},
    )


def fit(
    rows: list[tuple[int, list[str]]], known: list[Layout], resolve: Callable[[str, str], str | None], file: object
) -> Fit:
    """Return how the table fits the best of these layouts; its header is the first row that fits one.

    `resolve(role, heading)` says what a heading of a wide table stands for. Raises InputError when none fits.
    """
    for line, cells in rows:
        fits = [one for layout in known if (one := _fit(layout, line, cells, resolve))]
        if fits:
            return max(fits, key=lambda one: (not one.spread, len(one.roles), len(one.spread)))
    raise InputError(_unknown(rows, known, file))


def choose(wanted: str | None, top: Path | None = None) -> list[Layout]:
    """Return the layouts to try: all, or the one that `--layout` names (a name or a file)."""
    known = layouts(top)
    if wanted is None:
        return known
    if wanted.endswith((".yaml", ".yml")):
        return [read(Path(wanted))]
    if found := [one for one in known if one.name == wanted]:
        return found
    raise UsageError(f"--layout {wanted} is not known. Known: {', '.join(one.name for one in known)}; or name a file.")


def _fit(layout: Layout, line: int, cells: list[str], resolve: Callable[[str, str], str | None]) -> Fit | None:
    header = [cell.strip() for cell in cells]
    keys = [key(cell) for cell in header]
    roles: dict[str, int] = {}
    for whole in (True, False):
        for role, names in layout.columns.items():
            for name in names:
                if role in roles or name.endswith("*") is whole:
                    continue
                place = next((i for i, k in enumerate(keys) if i not in roles.values() and _matches(k, name)), None)
                if place is not None:
                    roles[role] = place
    for role in layout.parts:
        place = next(
            (i for i in range(len(header)) if i not in roles.values() and role == _by_parts(layout, header[i])), None
        )
        if role not in roles and place is not None:
            roles[role] = place
    if any(not set(one) & set(roles) for one in layout.needs):
        return None
    rest = [i for i, k in enumerate(keys) if i not in roles.values() and k and k not in layout.ignore]
    if layout.alone and rest:
        return None
    spread: dict[int, str] = {}
    if layout.spread:
        for i in rest:
            if (meant := resolve(layout.spread, _heading(layout, header[i]))) is not None:
                spread[i] = meant
        enough = 2 * len(spread) >= len(rest) if layout.spread == "area" else bool(spread)
        # One country alone, beside nothing that is known, is a row of data and no header.
        if not enough or not spread or (layout.spread == "area" and len(spread) < 2 and not roles):
            return None
        if layout.spread == "area":  # a heading that names no country is listed as unknown, never dropped
            spread |= {i: "" for i in rest if i not in spread}
    return Fit(layout, header, line, roles, dict(sorted(spread.items())), [header[i] for i in rest if i not in spread])


def parts_of(heading: str) -> list[tuple[str, str]]:
    """Return the parts of a heading that names several acts, each with its letter: Ratification, Accession(a)."""
    found = (re.fullmatch(r"\s*(.*?)\s*(?:\(([A-Za-z]{1,2})\))?[\s*]*", one) for one in _BETWEEN.split(heading))
    return [(key(one[1]), one[2] or "") for one in found if one and key(one[1])]


def unmarked(fit: Fit, role: str) -> str | None:
    """Return the act of a day without a letter: "" where the heading leaves it open, None where all acts have one."""
    named = fit.layout.parts.get(role, {})
    known = [(name, letter) for name, letter in parts_of(fit.header[fit.roles[role]]) if name in named]
    if not known:
        return fit.layout.acts.get(role, "")
    bare = [named[name] for name, letter in known if not letter]
    return (bare[0] if len(bare) == 1 else "") if bare else None


def acts_not_read(fit: Fit) -> list[str]:
    """Return the columns that name an act, or may hold it, and yet have no role: such a table would tell untruths."""
    acts = {name for named in fit.layout.parts.values() for name in named}
    if acts and not set(fit.roles) & set(fit.layout.acts):  # no column of consent: any other may be it
        return fit.unread
    return [one for one in fit.unread if any(act in key(one) for act in acts)]


_BETWEEN = re.compile(r"[,;/\n]|\b(?:or|and)\b")


def _by_parts(layout: Layout, heading: str) -> str | None:
    """Return the one role to which the parts of a heading belong; a heading with parts of two roles has none."""
    names = [name for name, _ in parts_of(heading)]
    found = [role for role, named in layout.parts.items() if any(name in named for name in names)]
    return found[0] if len(found) == 1 else None


def _heading(layout: Layout, text: str) -> str:
    found = re.fullmatch(layout.headings, text) if layout.headings else None
    return found[1] if found else text


def _matches(column: str, name: str) -> bool:
    return column.startswith(name[:-1]) if name.endswith("*") else column == name


def _pattern(name: object) -> str:
    return key(str(name)) + ("*" if str(name).endswith("*") else "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _unknown(rows: list[tuple[int, list[str]]], known: list[Layout], file: object) -> str:
    """Say which columns were found, and what the nearest layout lacks."""
    line, cells = max(rows, key=lambda row: sum(bool(c.strip()) for c in row[1]), default=(1, []))
    shown = ", ".join(c.strip()[:40] for c in cells[:12] if c.strip()) + (" …" if len(cells) > 12 else "")
    keys = {key(c) for c in cells}
    lacking = []
    for layout in known:
        found = {r for r, names in layout.columns.items() if any(_matches(k, n) for k in keys for n in names)}
        missing = [" or ".join(one) for one in layout.needs if not set(one) & found]
        lacking.append((len(missing) - len(found) + bool(layout.spread), layout.name, missing, layout))
    near = ""
    if lacking:
        _, name, missing, layout = min(lacking, key=lambda one: one[:2])
        if missing:
            called = "; ".join(f"{one} ({_called(layout, one)})" for one in missing)
            near = f" The nearest layout, {name} ({layout.title}), lacks a column for {called}."
        elif layout.spread:
            near = f" The nearest layout, {name}, finds no column headed by {_SPREAD_WORDS[layout.spread]}."
    return (
        f"{file}, line {line}: no known layout fits the columns {shown}.{near} "
        "Rename the columns in the first row, or describe the table in a YAML file and name it with --layout."
    )


def _called(layout: Layout, roles: str) -> str:
    """Say what the column of a role may be called."""
    said = [name for role in roles.split(" or ") for name in layout.named.get(role, ())[:4]]
    return "call it " + " or ".join(said[:5])


_SPREAD_WORDS = {"period": "a year", "area": "a country", "element": "an indicator or series"}
