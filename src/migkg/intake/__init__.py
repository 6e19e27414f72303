"""Tables that others publish become tables of this project: recognised, read strictly, checked, then written.

All or nothing: one row that cannot be taken stops the whole import, and every such row is listed.
"""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import yaml

from migkg import assets, lookup, queries
from migkg._version import __version__
from migkg.errors import InputError, UsageError
from migkg.findings import Finding
from migkg.intake import (
    elements,
    files,
    forms,
    graphs,
    held,
    layouts,
    making,
    names,
    observations,
    pieces,
    sdmx,
    sources,
    wholes,
    workbooks,
    writing,
)
from migkg.intake.cells import Unreadable, day, fold, tidy, year
from migkg.intake.reader import Reader
from migkg.intake.wishes import Outcome, Wishes
from migkg.stores import Store
from migkg.terms import PREFIXES, local, thing

__all__ = ["Outcome", "Wishes", "own_names", "run"]

Progress = Callable[[str, int, int], None]
QUICK = 10_000
Check = Callable[[Sequence[Path]], Sequence[Finding]]


def run(
    paths: Sequence[Path],
    store: Store,
    into: Path,
    wishes: Wishes,
    *,
    dry_run: bool = False,
    force: bool = False,
    check: Check | None = None,
    progress: Progress = lambda _step, _done, _total: None,
) -> list[Outcome]:
    """Import files into the folder `into`, laid out as `data/` is; return what became of each.

    Nothing is written when any row is refused, when `check` (given the finished files) finds an error, or with
    `dry_run`. Raises InputError for a file that cannot be read, UsageError where a flag must decide.
    """
    if into.exists() and not into.is_dir():
        raise UsageError(f"-o {into} is a file. Name the folder to write to; the table in it is named with --name.")
    wishes = _settled(wishes, store)
    with tempfile.TemporaryDirectory(prefix="migkg-import-") as folder:
        stage = Path(folder)
        found: list[Outcome] = []
        for path in paths:
            found.append(_one(path, store, wishes, stage, progress))
        if found:
            found[0].staged += sources.write(wishes, stage)
        made = [path for one in found for path in one.staged]
        targets = {into / path.relative_to(stage): path for path in made}
        if len(targets) != len(made):
            raise UsageError("Two of the files would become one. Import them one by one, each with its own --name.")
        if check is not None and made and _worth_checking(found):
            _checked(pieces.checked(check, [path for path in made if _filled(path, found)]), found)
        if any(one.errors for one in found):
            return [one.placed() for one in found]
        changed = writing.refuse_overwriting(targets, force or dry_run)
        if not dry_run:
            writing.place(targets, changed)
        for one in found:
            one.written = [str(t) for t, path in targets.items() if path in one.staged]
            one.unchanged = not any(t in changed for t, path in targets.items() if path in one.staged)
    return [one.placed() for one in found]


def own_names(path: Path) -> dict[str, str]:
    """Read a table of names of one's own, columns name and area; `-` leaves such rows out. Raises InputError."""
    rows = list(files.table(path, delimiter=",").rows(lambda _done: None))
    if not rows or [c.strip() for c in rows[0][1]] != ["name", "area"]:
        raise InputError(f"{path}: the columns of a table of names are name and area.")
    for line, cells in rows[1:]:
        if len(cells) != 2 or not cells[0].strip() or not cells[1].strip():
            raise InputError(f"{path}, line {line}: expected a name and an area, or - to leave rows of this name out.")
    return {cells[0].strip(): cells[1].strip() for _, cells in rows[1:]}


def confused(areas: names.Names, top: Path | None) -> list[tuple[str, str]]:
    """Return the names of this table that are often meant for another country, each with what it was taken for."""
    path = (top or assets.root()) / "data" / "intake" / "easily-confused.yaml"
    known = yaml.safe_load(path.read_text(encoding="utf-8"))["names"]
    return [(text, said) for text, said in known.items() if areas.taken(text)]


def _settled(wishes: Wishes, store: Store) -> Wishes:
    """Check what the flags say against the graph. Raises UsageError naming the flag."""
    indicator, treaty, organisation = (
        local(lookup.resolve(store, text).value) if text else ""
        for text in (wishes.indicator, wishes.treaty, wishes.organisation)
    )
    wishes = sources.settled(wishes, store)
    try:
        as_of = day(wishes.as_of, wishes.dates) if wishes.as_of else ""
        period = year(wishes.period) if wishes.period else ""
    except Unreadable as error:
        raise UsageError(f"--as-of or --period: {error}.") from None
    if wishes.name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", wishes.name):
        raise UsageError(
            f"--name “{wishes.name}” is to name a new table: letters, digits, - and _. The folder is named with -o."
        )
    if wishes.unit and wishes.unit not in (units := _units(store)):
        raise UsageError(f"--unit {wishes.unit} is not known here. Known units: {', '.join(units)}.")
    if wishes.decimal not in (".", ","):
        raise UsageError("--decimal is . or ,")
    if wishes.dates not in ("", "dmy", "mdy"):
        raise UsageError("--dates is dmy (3 April is 03/04) or mdy (3 April is 04/03).")
    for name, area in wishes.names.items():
        if area != names.LEFT_OUT and not any(
            lookup.is_a(store, thing(area), k) for k in ("Area", "Country", "AreaGroup", "Body")
        ):
            raise UsageError(f"--names: “{name}” is to be {area}, which is no country or group here.")
    missing = tuple(dict.fromkeys(("", *(word.casefold() for word in wishes.missing))))
    return replace(
        wishes,
        indicator=indicator,
        treaty=treaty,
        organisation=organisation,
        as_of=as_of,
        period=period,
        missing=missing,
    )


def _one(path: Path, store: Store, wishes: Wishes, stage: Path, progress: Progress) -> Outcome:
    """Read one file and write what it becomes below `stage`."""
    if forms.is_form(path):
        return forms.read(path, store, stage)
    areas, parts = names.read(store, own=wishes.names), elements.read(store, wishes.top)

    def resolve(role: str, heading: str) -> str | None:
        if role == "element":
            return parts.heading(heading)
        if role == "area":
            return areas.find(heading).thing or None
        return heading if re.fullmatch(r"(?:19|20)[0-9]{2}", heading) else None

    known = layouts.choose(wishes.layout, wishes.top)

    def fits(raw: files.Raw) -> bool:
        try:
            return bool(layouts.fit(_tidied(raw), known, resolve, path))
        except InputError:
            return False

    raw = _open(path, wishes, fits)
    fit = layouts.fit(_tidied(raw), known, resolve, f"{path}, sheet “{raw.sheet}”" if raw.sheet else path)
    out = Outcome(str(path), f"{fit.layout.title} ({fit.layout.name})", raw.form, fit.line, raw.counts)
    out.headings = {role: fit.header[place] for role, place in fit.roles.items()}
    out.sheet = raw.sheet
    out.letters = {name: workbooks.letter(place) for place, name in reversed([*enumerate(fit.header)]) if name}
    for title in workbooks.passed_over(raw) if raw.sheet else ():
        out.remark("sheet-not-read", f"The sheet “{title}” is not read.")
    if fit.spread:
        out.counts = "value"
    split = wholes.of(fit, wishes, wishes.top) if fit.layout.makes == "observations" else None
    for column in (c for c in fit.unread if not split or c not in split.parts.values()):
        out.remark("column-not-read", f"The column {column} is not read.", line=fit.line, column=column)
    name = wishes.name or re.sub(r"[^a-z0-9]+", "-", fold(path.name.split(".")[0])).strip("-") or "file"
    head = {"from_file": path.name, "sha256": raw.sha256, "layout": fit.layout.name, "software": f"migkg {__version__}"}

    def told(done: int) -> None:
        progress(path.name, done, raw.size)

    if fit.layout.makes == "observations":
        observations.check(fit, wishes, str(path))
        reader = Reader(areas, parts, wishes, _sources(store) | {wishes.source})
        making.values(raw, fit, reader, out, told, stage / "observations" / f"{name}.csv", head, held.Held(store))
    else:
        making.a_list(
            raw,
            fit,
            store,
            parts,
            replace(wishes, list=wishes.list or f"{name}-{wishes.treaty}"),
            out,
            told,
            stage,
            name,
            head,
        )
    told(raw.size)
    for text, said in confused(areas, wishes.top):
        out.remark("easily-confused", f"“{text}” is taken as it stands: {said}.", value=text)
    if not out.read and not out.errors:
        out.problem("no-rows", "There is a header, and no row below it.", line=fit.line)
    return out


def _open(path: Path, wishes: Wishes, fits: Callable[[files.Raw], bool]) -> files.Raw:
    if path.suffix.lower() == workbooks.SUFFIX:
        return workbooks.table(path, wishes.sheet, fits)
    if sdmx.is_sdmx(path):
        return sdmx.table(path)
    if path.suffix.lower() in graphs.SUFFIXES:
        return graphs.table(path)
    return files.table(path, wishes.encoding, wishes.delimiter)


def _tidied(raw: files.Raw) -> list[tuple[int, list[str]]]:
    """Return the first rows with their cells tidied as far as that goes; raises InputError for no rows at all."""
    head = raw.head()
    if not any(any(cells) for _, cells in head):
        raise InputError(f"{raw.path} holds no table.")
    made = []
    for line, cells in head:
        try:
            made.append((line, [tidy(cell) for cell in cells]))
        except Unreadable as error:
            made.append((line, [c.strip() for c in cells]))
            if line == head[0][0]:
                raise InputError(f"{raw.path}, line {line}: in a heading, {error}.") from None
    return made


def _units(store: Store) -> list[str]:
    found = queries.rows(store, "view/code-words", list=ox.NamedNode(PREFIXES["mgc"] + "units"))
    return sorted({(row["code"] or "").removeprefix("unit-") for row in found})


def _sources(store: Store) -> set[str]:
    found = store.query(f"SELECT DISTINCT ?s WHERE {{ ?s a <{PREFIXES['mg']}Source> }}")
    return {queries.plain(row["s"]) or "" for row in found}  # type: ignore[union-attr]


def _worth_checking(found: list[Outcome]) -> bool:
    """Return whether to run the rules: always on a table that is right, on a refused one only if that is quick."""
    return not any(one.errors for one in found) or sum(one.accepted for one in found) <= QUICK


def _filled(made: Path, found: list[Outcome]) -> bool:
    return not any(made in one.origin and not one.origin[made][1] for one in found)


def _checked(said: Sequence[Finding], found: list[Outcome]) -> None:
    """Give each finding to its file, unless it is told already; a row that breaks a rule is refused, not accepted."""
    broken: set[tuple[int, int]] = set()
    told = {_same(finding) for one in found for finding in one.findings}
    for finding in said:
        number, row = _belongs(finding, found, told)
        if finding.severity == "error" and row is not None and (number, row) not in broken:
            broken.add((number, row))
            found[number].accepted -= 1
            found[number].refused += 1


def _belongs(finding: Finding, found: list[Outcome], told: set[tuple[object, ...]]) -> tuple[int, int | None]:
    """Give a finding about a finished table to the file it was made of, with its place there; return file and row."""
    made = Path(finding.file)
    number = next((n for n, one in enumerate(found) if made in one.staged), 0)
    mine = found[number]
    first, lines = mine.origin.get(made, (0, array("L")))
    row = (finding.line or 0) - first
    known = bool(first) and 0 <= row < len(lines)
    if known:
        column = mine.headings.get(finding.column, finding.column)
        finding = replace(finding, file=mine.file, line=lines[row], column=column)
        if spot := mine.spots.get(lines[row]):
            cell = f"{spot.letter(finding.column)}{spot.row}"
            finding = replace(finding, line=spot.row, sheet=spot.sheet, cell=cell)
    else:
        finding = replace(finding, file=mine.file, message=f"{finding.message} (in the new {made.name})")
    if _same(finding) not in told:
        mine.errors += finding.severity == "error"
        mine.findings.append(finding)
    return number, row if known else None


def _same(one: Finding) -> tuple[object, ...]:
    """Return what two findings have in common when they say the same of the same place, in whatever words."""
    return (one.file, one.severity, one.check, one.sheet, one.cell, one.line, one.column, one.value)
