"""Tables that others publish become tables of this project: recognised, read strictly, checked, then written.

All or nothing: one row that cannot be taken stops the whole import, and every such row is listed.
"""

from __future__ import annotations

import re
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from migkg import assets, lookup, queries
from migkg._version import __version__
from migkg.errors import InputError, UsageError
from migkg.findings import Finding
from migkg.intake import elements, files, graphs, layouts, lists, names, observations, sdmx, writing
from migkg.intake.cells import Unreadable, day, fold, tidy, year
from migkg.intake.observations import Value
from migkg.intake.wishes import Outcome, Wishes
from migkg.stores import Store
from migkg.terms import PREFIXES, local, thing

__all__ = ["Outcome", "Wishes", "own_names", "run"]

Progress = Callable[[str, int, int], None]
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
    wishes = _settled(wishes, store)
    with tempfile.TemporaryDirectory(prefix="migkg-import-") as folder:
        stage = Path(folder)
        found: list[Outcome] = []
        for path in paths:
            found.append(_one(path, store, wishes, stage, progress))
        made = [path for one in found for path in one.staged]
        targets = {into / path.relative_to(stage): path for path in made}
        if len(targets) != len(made):
            raise UsageError("Two of the files would become one. Import them one by one, each with its own --name.")
        if any(one.errors for one in found):
            return found
        if check is not None and made:
            for finding in check(made):
                _belongs(finding, found)
        if any(one.errors for one in found):
            return found
        changed = writing.refuse_overwriting(targets, force or dry_run)
        if not dry_run:
            writing.place(targets, changed)
        for one in found:
            one.written = [str(t) for t, path in targets.items() if path in one.staged]
            one.unchanged = not any(t in changed for t, path in targets.items() if path in one.staged)
    return found


def own_names(path: Path) -> dict[str, str]:
    """Read a table of names of one's own, columns name and area; `-` leaves such rows out. Raises InputError."""
    rows = list(files.table(path, delimiter=",").rows(lambda _done: None))
    if not rows or [c.strip() for c in rows[0][1]] != ["name", "area"]:
        raise InputError(f"{path}: the columns of a table of names are name and area.")
    for line, cells in rows[1:]:
        if len(cells) != 2 or not cells[0].strip() or not cells[1].strip():
            raise InputError(f"{path}, line {line}: expected a name and an area, or - to leave rows of this name out.")
    return {cells[0].strip(): cells[1].strip() for _, cells in rows[1:]}


def _settled(wishes: Wishes, store: Store) -> Wishes:
    """Check what the flags say against the graph. Raises UsageError naming the flag."""
    indicator, treaty, organisation = (
        local(lookup.resolve(store, text).value) if text else ""
        for text in (wishes.indicator, wishes.treaty, wishes.organisation)
    )
    if wishes.source and not lookup.is_a(store, thing(wishes.source), "Source"):
        raise UsageError(
            f"--source {wishes.source} is not described here. Describe it in a file of data/sources first."
        )
    try:
        as_of = day(wishes.as_of) if wishes.as_of else ""
        period = year(wishes.period) if wishes.period else ""
    except Unreadable as error:
        raise UsageError(f"--as-of or --period: {error}.") from None
    if wishes.decimal not in (".", ","):
        raise UsageError("--decimal is . or ,")
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
    raw = _open(path, wishes)
    gone = yaml.safe_load(((wishes.top or assets.root()) / "data/intake/former-names.yaml").read_text(encoding="utf-8"))
    former = {str(k): str(v) for k, v in gone["names"].items()}
    areas, parts = names.read(store, own=wishes.names, gone=former), elements.read(store, wishes.top)

    def resolve(role: str, heading: str) -> str | None:
        if role == "element":
            return parts.heading(heading)
        if role == "area":
            return areas.find(heading).thing or None
        return heading if re.fullmatch(r"(?:19|20)[0-9]{2}", heading) else None

    fit = layouts.fit(_tidied(raw), layouts.choose(wishes.layout, wishes.top), resolve, path)
    out = Outcome(str(path), f"{fit.layout.title} ({fit.layout.name})", raw.form, fit.line, raw.counts)
    if fit.spread:
        out.counts = "value"
    for column in fit.unread:
        out.remark("column-not-read", f"The column {column} is not read.", line=fit.line, column=column)
    name = wishes.name or re.sub(r"[^a-z0-9]+", "-", fold(path.name.split(".")[0])).strip("-") or "file"
    head = {"from_file": path.name, "sha256": raw.sha256, "layout": fit.layout.name, "software": f"migkg {__version__}"}

    def told(done: int) -> None:
        progress(path.name, done, raw.size)

    if fit.layout.makes == "observations":
        observations.check(fit, wishes, str(path))
        reader = observations.Reader(areas, parts, wishes, _sources(store))
        _write_observations(raw, fit, reader, out, told, stage / "observations" / f"{name}.csv", head)
    else:
        _write_list(
            raw,
            fit,
            store,
            parts,
            replace(wishes, list=wishes.list or f"{name}-{wishes.treaty}"),
            former,
            out,
            told,
            stage,
            name,
            head,
        )
    told(raw.size)
    return out


def _open(path: Path, wishes: Wishes) -> files.Raw:
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


def _write_observations(
    raw: files.Raw, fit: layouts.Fit, reader: observations.Reader, out: Outcome, told: Callable[[int], None],
    target: Path, head: dict[str, str],
) -> None:  # fmt: skip
    """Write the values of a table row by row; the order is that of the file."""
    nature = "nature" in fit.roles
    seen: dict[tuple[str, str], int] = {}
    again: set[tuple[str, str, str]] = set()
    origin = array("L")
    what = "observation" if raw.counts == "observation" else "line"

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


def _compare(
    raw: files.Raw, fit: layouts.Fit, reader: observations.Reader, out: Outcome, again: set[tuple[str, str, str]]
) -> None:
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
        if one[5:] == earlier[5:]:
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


def _write_list(
    raw: files.Raw, fit: layouts.Fit, store: Store, parts: elements.Elements, wishes: Wishes, former: dict[str, str],
    out: Outcome, told: Callable[[int], None], stage: Path, name: str, head: dict[str, str],
) -> None:  # fmt: skip
    """Write participation or memberships, and the description of their list unless the graph has it."""
    lists.check(fit, wishes, str(raw.path))
    makes = fit.layout.makes
    about = wishes.treaty if makes == "participation" else wishes.organisation
    reader = lists.ListReader(
        names.read(store, bodies=True, own=wishes.names, gone=former), wishes, parts.words.get("roles", {}),
        lookup.describe(store, thing(about)).label, lookup.describe(store, thing(wishes.source)).label,
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
        writing.write(stage / folder / f"{name}.csv", {}, header, [row])
        out.staged.append(stage / folder / f"{name}.csv")


def _sources(store: Store) -> set[str]:
    found = store.query(f"SELECT DISTINCT ?s WHERE {{ ?s a <{PREFIXES['mg']}Source> }}")
    return {queries.plain(row["s"]) or "" for row in found}  # type: ignore[union-attr]


def _belongs(finding: Finding, found: list[Outcome]) -> None:
    """Give a finding about a finished table to the file that it was made of, with the line there."""
    made = Path(finding.file)
    mine = next((one for one in found if made in one.staged), found[0])
    first, lines = mine.origin.get(made, (0, array("L")))
    row = (finding.line or 0) - first
    line, told = (lines[row], "") if first and 0 <= row < len(lines) else (finding.line, f" (in the new {made.name})")
    if finding.severity == "error":
        mine.errors += 1
    mine.findings.append(replace(finding, file=mine.file, line=line, message=finding.message + told))
