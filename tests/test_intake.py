"""What importing a published table promises: recognised, read strictly, nothing dropped, all or nothing."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import tracemalloc
from array import array
from pathlib import Path

import pytest

from migkg import candidate, intake, texts
from migkg._version import __version__
from migkg.errors import InputError, MigkgError, ResourceMissing, UsageError
from migkg.findings import Finding
from migkg.intake import cells, elements, files, layouts, names, sdmx, writing
from migkg.intake.cells import Unreadable
from migkg.intake.wishes import Outcome
from migkg.reading import Spot
from migkg.words import former

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "tests" / "intake"
OWN = ROOT / "data" / "observations" / "sdg-10-7-2.csv"
UNSD = next(csv.reader((SAMPLES / "unsd-sdg.csv").open(encoding="utf-8")))
SOURCE = "src-unsd-sdg-10-7-2-country"
LONG = "Country,Year,Value\n"
TOLD = {"indicator": "10.7.2", "source": SOURCE}
FLAGS = {
    "observations": {},
    "countries-across": {"source": SOURCE},
    "long": {"source": "src-unsd-sdg-related"},
    "treaty-status": {"treaty": "icerd", "as_of": "2014-07-10", "source": "src-untreaties"},
    "members-named": {
        "organisation": "igad-rcp",
        "role": "member",
        "as_of": "2015-01-01",
        "source": "src-untreaties",
    },
    "membership": {"organisation": "igad-rcp", "as_of": "2015-01-01", "source": "src-untreaties"},
}


def file(tmp_path, text, name="table.csv", encoding="utf-8"):
    """A file with this text."""
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def taken(store, tmp_path, path, into="out", **wishes):
    """Import one file; return its outcome and the rows of the first table that was written."""
    paths = path if isinstance(path, list) else [path]
    found = intake.run(paths, store, tmp_path / into, intake.Wishes(**wishes))
    written = found[0].written
    return found[0], rows(Path(written[0])) if written else []


def rows(path):
    """The rows of a table of the project."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if not line.startswith("#")]
    return list(csv.DictReader(lines))


def messages(outcome):
    """What was found wrong, in one text."""
    return " | ".join(f"{f.line}:{f.column}:{f.value}:{f.message}{f.fix}" for f in outcome.findings)


def unsd(tmp_path, reverse=False):
    """A download of the SDG Global Database made of the project's own table."""
    areas = {
        row["area"]: row
        for name in ("countries", "groups")
        for row in csv.DictReader((ROOT / f"data/areas/{name}.csv").open(encoding="utf-8"))
    }
    path = tmp_path / "download.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(UNSD)
        for row in csv.DictReader(OWN.open(encoding="utf-8")):
            part = row["element"].replace("sdg-indicator-10-7-2", "ALLDOMAINS").replace("sdg1072-d", "DOMAIN")
            area = areas[row["area"]]
            value = row["value"].removeprefix("band1072-") or "N"
            series = [
                "10",
                "10.7",
                "10.7.2",
                "SG_CPA_MIGRS",
                "…",
                str(int(area["m49"])),
                area["name_en"],
                row["period"],
            ]
            writer.writerow([*series, value, *[""] * 8, row["nature"].upper(), part, "G", "NUMBER"])
    return path


def test_the_projects_own_table_comes_back_from_a_download(store, tmp_path):
    """What the database gives becomes what stands in data/, value for value, in the same order."""
    outcome, made = taken(store, tmp_path, unsd(tmp_path), indicator="10.7.2")
    own = rows(OWN)
    assert outcome.read == outcome.accepted == len(own) == 1750
    assert [{column: row[column] for column in own[0]} for row in made] == own


def test_every_layout_has_a_sample_that_only_it_fits(store, tmp_path):
    """A layout is one file, and its sample one more; each sample is recognised as what it is and taken whole."""
    known = {one.name for one in layouts.layouts()}
    samples = {path.stem.removesuffix("-old"): path for path in sorted(SAMPLES.glob("*.csv"))}
    assert known == set(samples)
    for name, path in samples.items():
        outcome, made = taken(store, tmp_path, path, into=name, **FLAGS.get(name, {}))
        assert outcome.recognised.endswith(f"({name})"), (name, outcome.recognised)
        assert made and outcome.refused == 0 and outcome.skipped.total() == 0, (name, messages(outcome))


def test_old_downloads_without_codes_are_read_by_their_names(store, tmp_path):
    """An older name of the series, the names of countries of the time, the names of domains."""
    _, made = taken(store, tmp_path, SAMPLES / "unsd-sdg-old.csv")
    assert [(r["area"], r["element"], r["value"], r["status"]) for r in made] == [
        ("TUR", "sdg1072-d1", "band1072-3", "normal"),
        ("SWZ", "sdg-indicator-10-7-2", "", "missing"),
    ]


def test_a_national_figure_gets_a_remark(store, tmp_path):
    """Reporting type N: a State's own figure, which the global database does not have."""
    text = (SAMPLES / "unsd-sdg.csv").read_text(encoding="utf-8-sig")
    head, first, *_ = list(csv.reader(text.splitlines()))
    place = head.index("[Reporting Type]")
    for letter, expected in (("N", ["national-figure"]), ("G", [])):
        row = [letter if i == place else cell for i, cell in enumerate(first)]
        path = tmp_path / f"{letter}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([head, row])
        outcome, _ = taken(store, tmp_path, path, into=letter)
        assert [f.check for f in outcome.findings] == expected


def test_regional_figures_are_numbers_with_their_unit_and_source(store, tmp_path):
    """One file may hold both series; each keeps its own source."""
    _, made = taken(store, tmp_path, SAMPLES / "sdmx.csv")
    assert made[2]["value"] == "77.5" and made[2]["unit"] == "percent" and made[2]["area"] == "m49-001"
    assert [row["source"] for row in made] == [SOURCE, SOURCE, "src-unsd-sdg-10-7-2-regional"]


@pytest.mark.parametrize("name", ["sdmx-generic.xml", "sdmx-structured.xml"])
def test_sdmx_ml_gives_what_sdmx_csv_gives(store, tmp_path, name):
    """Both kinds of message, through the library."""
    pytest.importorskip("sdmx")
    _, made = taken(store, tmp_path, SAMPLES / name)
    _, flat = taken(store, tmp_path, SAMPLES / "sdmx.csv", into="flat")
    kept = ("area", "element", "period", "value", "status", "nature", "value_text")
    assert [{k: row[k] for k in kept} for row in made] == [{k: flat[0][k] for k in kept}]


def test_sdmx_ml_is_refused_with_a_reason(tmp_path, monkeypatch):
    """No document types, and without the library the way out is named."""
    good = (SAMPLES / "sdmx-generic.xml").read_text(encoding="utf-8")
    bad = good.replace("<message:GenericData", '<!DOCTYPE x [<!ENTITY a "b">]><message:GenericData', 1)
    assert sdmx.is_sdmx(SAMPLES / "sdmx-generic.xml")
    with pytest.raises(InputError, match="entities"):
        sdmx.table(file(tmp_path, bad, "bad.xml"))
    monkeypatch.setitem(__import__("sys").modules, "sdmx", None)
    with pytest.raises(ResourceMissing, match=r"migkg\[sdmx\]"):
        sdmx.table(SAMPLES / "sdmx-generic.xml")


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        *[("Türkiye", "TUR"), ("TURKEY", "TUR"), ("Turkiye", "TUR"), ("Swaziland", "SWZ"), ("Eswatini", "SWZ")],
        *[("Cabo Verde", "CPV"), ("Cape Verde", "CPV"), ("Côte d’Ivoire", "CIV"), ("Cote d'Ivoire", "CIV")],
        *[("Ivory Coast", "CIV"), ("Czechia", "CZE"), ("the Czech Republic", "CZE"), ("North Macedonia", "MKD")],
        *[("The former Yugoslav Republic of Macedonia", "MKD"), ("Viet Nam", "VNM"), ("Vietnam", "VNM")],
        *[("Kosovo", "m49-412"), ("XKX", "m49-412"), ("XK", "m49-412"), ("UK", "GBR"), ("EL", "GRC"), ("ROM", "ROU")],
        *[
            ("ZAR", "COD"),
            ("TMP", "TLS"),
            ("BUR", "MMR"),
            ("BYS", "BLR"),
            ("DHY", "BEN"),
            ("HVO", "BFA"),
            ("AFI", "DJI"),
        ],
        *[("NHB", "VUT"), ("RHO", "ZWE"), ("Zaire", "COD"), ("Byelorussian SSR", "BLR"), ("New Hebrides", "VUT")],
        *[("NA", "NAM"), ("Gambia (the)", "GMB"), ("Gambia, The", "GMB"), ("Tanzania, United Republic of", "TZA")],
        *[("Congo (Democratic Republic of the)", "COD"), ("Congo", "COG"), ("St. Lucia", "LCA"), ("ken", "KEN")],
        *[
            ("Bolivia (Plurinational State of)", "BOL"),
            ("Korea, Rep.", "KOR"),
            ("Allemagne", "DEU"),
            ("世界", "m49-001"),
        ],
        *[("Netherlands (Kingdom of the)", "NLD"), ("Sao Tome & Principe", "STP"), ("Cote\u00a0d'Ivoire", "CIV")],
    ],
)
def test_names_and_codes_lead_to_one_country(store, text, thing):
    """Former and variant names, accents, case, articles, brackets, no-break spaces, user-assigned codes."""
    table = names.read(store)
    assert table.find(cells.tidy(text)).thing == thing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *[
            ("Kenja", "KEN"),
            ("Untied States", "USA"),
            ("SUN", "Soviet Union"),
            ("Yugoslavia", "no country of today"),
        ],
        *[
            ("Micronesia", "several"),
            ("St. Martin", "several"),
            ("404", "number alone"),
            ("fr", "FRA"),
            ("Atlantis", "called so"),
            ("DDR", "1990"),
        ],
        *[("YUG", "divided"), ("CSK", "CZE, SVK"), ("ANT", "CUW, SXM, BES"), ("SCG", "SRB, MNE"), ("VDR", "VNM")],
        *[("Netherlands Antilles", "CUW"), ("the Soviet Union", "divided"), ("Zaïr", "COD"), ("YMD", "not the whole")],
    ],
)
def test_unknown_names_come_with_what_helps(store, text, said):
    """A near match is proposed, never taken; a former code says what it was."""
    found = names.read(store).find(text)
    assert not found.thing and said in found.why + found.near


def test_m49_numbers_need_no_zeros_and_only_where_the_layout_says_so(store):
    """`4` is Afghanistan in a download of the United Nations, and nothing elsewhere."""
    table = names.read(store)
    assert [table.find(text, m49=True).thing for text in ("4", "004", "830", "1", "412")] == [
        "AFG", "AFG", "m49-830", "m49-001", "m49-412",
    ]  # fmt: skip
    assert not table.find("4").thing and not table.find("999", m49=True).thing


def test_a_row_of_a_country_that_is_no_more_is_refused_with_what_became_of_it(store, tmp_path):
    """By code, name or number; one sentence each, nothing is written, and nothing goes to a successor."""
    assert names.read(store).find("810", m49=True).why == (
        "“810” is no country of today: it was the Soviet Union (code withdrawn in 1992), which was divided; "
        "its successors have codes of their own"
    )
    outcome, made = taken(store, tmp_path, file(tmp_path, LONG + "ZAR,2019,3\nCSK,2019,3\n"), **TOLD)
    assert not made and outcome.refused == 1 and outcome.findings[0].line == 3
    assert outcome.findings[0].message.endswith("its successors have codes of their own (CZE, SVK).")


def test_no_former_code_is_a_code_or_name_of_today(store):
    """What leads nowhere leads nowhere; what it is told to have become is there."""
    table = names.read(store)
    for word, gone in former().items():
        assert word.upper() not in table.labels and word not in table.names, word
        assert set(gone.now) <= set(table.labels) and set(gone.names) == {"en", "fr", "es"}, word
        assert texts.has(f"area-{gone.became}")


def test_code_and_name_must_agree(store, tmp_path):
    """A shifted column is found, not imported."""
    text = "Country,ISO3,Year,Value\nKenya,UGA,2019,3\nUganda,UGA,2019,3\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), **TOLD)
    assert outcome.refused == 1 and "The code UGA is UGA" in messages(outcome) and not made


def test_an_unknown_code_beside_a_known_name_is_said(store, tmp_path):
    """Taken by the name, with a remark."""
    outcome, made = taken(store, tmp_path, SAMPLES / "indicators-across.csv")
    assert made[1]["area"] == "m49-412" and "OWID_KOS is not known" in messages(outcome)


@pytest.mark.parametrize(
    ("name", "text", "flags", "flag"),
    [
        ("kenya-2021.csv", "Country,Value\nKenya,3\n", TOLD, "--period"),
        ("10-7-2.csv", LONG + "Kenya,2021,3\n", {"source": SOURCE}, "--indicator"),
        ("a.csv", LONG + "Kenya,2021,3\n", {"indicator": "10.7.2"}, "--source"),
        ("a.csv", LONG + "Kenya,2021,3\n", {"indicator": "series-sm-pop-refg-or-x", "source": SOURCE}, "series-sm"),
        ("a.csv", LONG + "Kenya,2021,3\n", {"indicator": "17.18.3", "source": SOURCE}, "--unit"),
        ("a.csv", LONG + "Kenya,2021,3\n", {"indicator": "10.7.2", "source": "src-nobody"}, "--source"),
        ("a.csv", "State,Ratification\nKenya,2001\n", {"source": SOURCE}, "--treaty"),
        ("a.csv", "State,Ratification\nKenya,2001\n", {"source": SOURCE, "treaty": "crc"}, "--as-of"),
        ("a.csv", "State,Ratification\nKenya,2001\n", {"treaty": "crc", "as_of": "2015-01-01"}, "--source"),
        ("a.csv", "State,Since\nKenya,2001\n", {"source": SOURCE}, "--organisation"),
        ("a.csv", "State,Since\nKenya,2001\n", {"source": SOURCE, "organisation": "igad-rcp"}, "--role"),
    ],
)
def test_what_a_file_leaves_open_a_flag_must_say(store, tmp_path, name, text, flags, flag):
    """Year and indicator are never taken from the name of a file; the sentence names the flag."""
    with pytest.raises(UsageError, match=flag):
        taken(store, tmp_path, file(tmp_path, text, name), **flags)
    assert not (tmp_path / "out").exists()


def test_flags_fill_what_is_missing_and_pick_what_is_there(store, tmp_path):
    """The year of all values where no column has it; the only year and indicator to take where one does."""
    _, made = taken(store, tmp_path, file(tmp_path, "Country,Value\nKenya,3\n"), period="2021", **TOLD)
    assert made[0]["period"] == "2021" and made[0]["element"] == "sdg-indicator-10-7-2"
    outcome, made = taken(store, tmp_path, unsd(tmp_path), into="b", indicator="10.7.2", period="2021")
    assert {row["period"] for row in made} == {"2021"}
    assert outcome.skipped["another year"] == outcome.read - outcome.accepted > 0
    text = (SAMPLES / "long.csv").read_text(encoding="utf-8") + "Kenya,KEN,SG_CPA_MIGRS,2019,3,\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), into="c", indicator="10.7.2")
    assert len(made) == 1 and outcome.skipped["another indicator"] == 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (LONG.encode() + "Côte d’Ivoire,2019,3".encode("cp1252"), r"line 2, byte 20: this is not UTF-8.*--encoding"),
        (("x" * 70000 + "\n").encode() + b"\xe9 t\xe9", "line 2, byte 70001"),
        (LONG.encode() + b"C\xc3", "line 2, byte 20.*cut off"),
        ("Country,Year,Value\n".encode("utf-16"), "UTF-16"),
        (b"", "is empty"),
        (b"\n\n", "no table"),
        (b"PK\x03\x04xxxx", "zip or a spreadsheet.*.xlsx"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b'Country,Year,Value\n"Kenya,2019,3\n' + b"a,b,c\n" * 60, "line 2: a quote opened here is not closed"),
        (b'Country,Year,Value\n"Ken"ya,2019,3\n', "Check the quotes"),
        (b"Country,Year,Value\nKe\0nya,2019,3\n", "line 2: a NUL"),
        (b"Colour,Size\nred,3\n", "no known layout fits the columns Colour, Size.*nearest layout"),
        (b"Country,Year,Price\nKenya,2019,3\n", "no known layout"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(store, tmp_path, data, said):
    """One sentence with the line or byte; nothing is written."""
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        taken(store, tmp_path, path, **TOLD)
    assert re.search(said, str(error.value)), error.value
    assert not (tmp_path / "out").exists()


def test_a_folder_and_a_missing_file_are_no_tables(store, tmp_path):
    """One sentence each."""
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InputError, match=r"not a file|no file"):
            taken(store, tmp_path, path)


@pytest.mark.parametrize(
    ("text", "encoding", "flags", "form"),
    [
        (LONG + "Kenya,2019,3\n", "utf-8-sig", {}, "UTF-8, separated by commas"),
        (LONG.replace(",", ";") + "Côte d’Ivoire;2019;3\n", "cp1252", {"encoding": "cp1252"}, "semicolons"),
        (LONG.replace(",", "\t") + "Kenya\t2019\t3\n", "utf-16", {"encoding": "utf-16"}, "tabs"),
        ("A title, with a comma\n\n" + LONG.replace(",", "|") + "Kenya|2019|3\n", "utf-8", {"delimiter": "|"}, "bars"),
        (LONG + '"Kenya",2019,"3"\r\n', "utf-8", {}, "commas"),
    ],
)
def test_encodings_and_separators_are_found_and_said(store, tmp_path, text, encoding, flags, form):
    """UTF-8 with or without a mark; others by --encoding; separators from the first lines; titles above the header."""
    outcome, made = taken(store, tmp_path, file(tmp_path, text, encoding=encoding), **TOLD, **flags)
    assert form in outcome.form and made[0]["value"] == "band1072-3"
    assert made[0]["area"] in ("KEN", "CIV")


@pytest.mark.parametrize(
    ("text", "decimal", "result"),
    [
        *[("62.3", ".", "62.3"), ("-4", ".", "-4"), ("0", ".", "0"), ("62,3", ",", "62.3"), ("62.3", ",", None)],
        *[
            ("62,3", ".", "decimal ,"),
            ("1 234", ".", "thousands"),
            ("1,234.5", ".", "thousands"),
            ("12%", ".", "percent"),
        ],
        *[("NaN", ".", "not a number"), ("inf", ".", "not a number"), ("1e5", ".", "expected"), ("<5", ".", "limit")],
        *[("–5", ".", "minus"), ("٣", ".", "digits"), ("1_000", ".", "expected"), ("+5", ".", "expected")],
    ],
)
def test_numbers_are_strict(text, decimal, result):
    """Plain digits, or a reason that says how to mend it."""
    if result and re.fullmatch(r"[-0-9.]+", result):
        assert cells.number(text, decimal) == result
    else:
        with pytest.raises(Unreadable, match=result or "point"):
            cells.number(text, decimal)


def test_words_for_no_value_are_a_status_and_can_be_named(store, tmp_path):
    """N, n/a, .. and an empty cell are missing, never a zero; other words are named by --missing."""
    words = ["N", "..", "n/a", "", "NA", "–"]
    years = range(2010, 2010 + len(words))
    text = LONG + "".join(f"Kenya,{year},{word}\n" for year, word in zip(years, words, strict=True))
    _, made = taken(store, tmp_path, file(tmp_path, text), **TOLD)
    assert {(row["value"], row["status"]) for row in made} == {("", "missing")}
    assert made[0]["note"] == "N in the source: no value" and made[3]["note"] == ""
    text = LONG + "Kenya,2019,blank\n"
    outcome, _ = taken(store, tmp_path, file(tmp_path, text), into="b", **TOLD)
    assert outcome.refused == 1 and "expected one of" in messages(outcome).lower()
    _, made = taken(store, tmp_path, file(tmp_path, text), into="b", missing=("blank",), **TOLD)
    assert made[0]["status"] == "missing"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        *[
            ("6 Jul 1983", "1983-07-06"),
            ("1 September 2001", "2001-09-01"),
            ("1983-07-06", "1983-07-06"),
            ("1983", "1983"),
        ],
        *[
            ("1983-07", "1983-07"),
            ("Mar 2010", "2010-03"),
            ("30 Feb 2001", None),
            ("2023-02-30", None),
            ("03/04/2024", None),
        ],
        *[("45321", None), ("6 Juillet 1983", None), ("1983-13", None), ("83", None)],
    ],
)
def test_days_are_real_and_unambiguous(text, day):
    """As precise as they are written; 03/04/2024 and serial numbers are refused."""
    if day:
        assert cells.day(text) == day
    else:
        with pytest.raises(Unreadable):
            cells.day(text)


@pytest.mark.parametrize("text", ["2024.0", "24", "1824", "20244", "2023-24", "FY24", "２０２４", ""])
def test_years_have_four_digits_in_a_sensible_range(text):
    """Nothing is cut or completed."""
    with pytest.raises(Unreadable):
        cells.year(text)


def test_all_problems_come_at_once_with_line_column_and_value(store, tmp_path):
    """Every kind in one run, none hidden by another, and nothing written."""
    text = (
        LONG
        + "Kenya,2019,3\nKenja,2019,3\nUganda,19,3\nUganda,2019,9\nUganda,2021\n\nTu\u200brkey,2019,3\nKenya,2019,4\n"
    )
    outcome, made = taken(store, tmp_path, file(tmp_path, text), **TOLD)
    found = messages(outcome)
    assert not made and not (tmp_path / "out").exists()
    for said in ("3:Country:Kenja:", "KEN (Kenya)", "4:Year:19:", "5:Value:9:", "6:::2 cells where the header has 3",
                 "8:Country::", "U+200B", "9:Value:4:KEN, sdg-indicator-10-7-2, 2019 has two values"):  # fmt: skip
        assert said in found, (said, found)
    assert outcome.refused == outcome.errors == 6 and outcome.accepted == 1 and outcome.skipped == {"blank line": 1}
    assert outcome.read == 8


def test_a_hundred_problems_are_listed_and_all_are_counted(store, tmp_path):
    """The total is true, and so is the sum."""
    text = LONG + "".join(f"Nowhere{i},2019,3\n" for i in range(250)) + "Kenya,2019,3\n"
    outcome, _ = taken(store, tmp_path, file(tmp_path, text), **TOLD)
    assert outcome.errors == outcome.refused == 250 and len(outcome.findings) == 100 and outcome.read == 251


def test_the_same_row_twice_is_a_remark_and_two_values_an_error(store, tmp_path):
    """Both lines are named; which one is right is not for us to say."""
    outcome, made = taken(store, tmp_path, file(tmp_path, LONG + "Kenya,2019,3\nKEN,2019,3\nKenya,2021,4\n"), **TOLD)
    assert len(made) == 2 and outcome.read == 3 and "line 2, with the same value" in messages(outcome)
    outcome, made = taken(store, tmp_path, file(tmp_path, LONG + "Kenya,2019,3\nKenya,2019,N\n"), into="b", **TOLD)
    assert not made and "band1072-3 in line 2, none here" in messages(outcome)


def test_breakdowns_that_nobody_described_are_not_merged(store, tmp_path):
    """Rows by route have the same area and year: an error that says so, not the last one winning."""
    text = "Country,Year,Route,Value\nKenya,2019,F,3\nKenya,2019,M,4\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), **TOLD)
    assert not made and "two values" in messages(outcome) and "The column Route is not read" in messages(outcome)


def test_a_wide_table_lists_headings_that_name_no_country(store, tmp_path):
    """Unknown columns are errors with near matches, never dropped; so are unknown series."""
    text = "Year,Kenya,Ugandaa,Turkey\n2019,3,2,1\n2021,3,2,1\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), **TOLD)
    assert not made and "1:Ugandaa:" in messages(outcome) and "UGA (Uganda)" in messages(outcome)
    assert outcome.read == 6 == outcome.accepted + outcome.refused and outcome.errors == 1
    text = (SAMPLES / "long.csv").read_text(encoding="utf-8").replace("SM_DTH_MIGR", "SM_DTH_X")
    outcome, _ = taken(store, tmp_path, file(tmp_path, text), source=SOURCE)
    assert "3:Indicator:SM_DTH_X" in messages(outcome)


def test_ones_own_names_decide_and_leave_out(store, tmp_path):
    """A table of names says what a file calls a country, and which rows are meant to stay out."""
    own = file(tmp_path, "name,area\nKenia,KEN\nEast Africa total,-\n", "names.csv")
    text = LONG + "Kenia,2019,3\nEast Africa total,2019,4\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), names=intake.own_names(own), **TOLD)
    assert [row["area"] for row in made] == ["KEN"] and outcome.skipped == {"left out by --names": 1}
    with pytest.raises(UsageError, match="no country"):
        taken(store, tmp_path, file(tmp_path, text), names={"Kenia": "KEX"}, **TOLD)
    with pytest.raises(InputError, match="line 2"):
        intake.own_names(file(tmp_path, "name,area\nKenia\n", "names.csv"))


def test_what_the_file_said_is_kept(store, tmp_path):
    """The file, its checksum, the value and the country as written, and the line."""
    path = file(tmp_path, LONG + "Swaziland,2019,3\nKEN,2019,N\n")
    outcome, made = taken(store, tmp_path, path, **TOLD)
    head = Path(outcome.written[0]).read_text(encoding="utf-8")
    assert f"# sha256: {hashlib.sha256(path.read_bytes()).hexdigest()}\n" in head and "# from_file: table.csv\n" in head
    kept = [(row["value_text"], row["area_text"], row["locator"]) for row in made]
    assert kept == [("3", "Swaziland", "line 2"), ("", "", "line 3")]


def test_importing_twice_changes_nothing(store, tmp_path):
    """The same bytes; a different table of the same name needs --force."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    first, _ = taken(store, tmp_path, path, **TOLD)
    before = Path(first.written[0]).read_bytes()
    second, _ = taken(store, tmp_path, path, **TOLD)
    assert second.unchanged and Path(second.written[0]).read_bytes() == before
    path = file(tmp_path, LONG + "Kenya,2019,4\n")
    with pytest.raises(UsageError, match="--force"):
        taken(store, tmp_path, path, **TOLD)
    assert Path(first.written[0]).read_bytes() == before
    found = intake.run([path], store, tmp_path / "out", intake.Wishes(**TOLD), force=True)
    assert not found[0].unchanged and Path(first.written[0]).read_bytes() != before


def test_one_bad_file_stops_the_good_one(store, tmp_path):
    """All or nothing, over all files of a run."""
    good, bad = file(tmp_path, LONG + "Kenya,2019,3\n", "a.csv"), file(tmp_path, LONG + "Kenja,2019,3\n", "b.csv")
    intake.run([good, bad], store, tmp_path / "out", intake.Wishes(**TOLD))
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match="--name"):
        intake.run([good, good], store, tmp_path / "out", intake.Wishes(**TOLD))


def test_a_dry_run_writes_nothing(store, tmp_path):
    """It counts and checks all the same."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    found = intake.run([path], store, tmp_path / "out", intake.Wishes(**TOLD), dry_run=True)
    assert found[0].accepted == 1 and not (tmp_path / "out").exists()


def test_a_failing_disk_leaves_the_old_files_whole(tmp_path, monkeypatch):
    """If the second file cannot be moved, the first one is put back."""
    made, out = tmp_path / "made", tmp_path / "out"
    for folder, text in ((made, "new"), (out, "old")):
        folder.mkdir()
        for name in ("a.csv", "b.csv"):
            (folder / name).write_text(text, encoding="utf-8")
    real = Path.replace

    def failing(self, target):
        if self.name == ".b.csv.part":
            raise OSError(28, "No space left on device", str(self))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    staged = {out / name: made / name for name in ("a.csv", "b.csv")}
    with pytest.raises(ResourceMissing, match="No space"):
        writing.place(staged, list(staged))
    assert sorted(p.name for p in out.iterdir()) == ["a.csv", "b.csv"]
    assert {p.read_text(encoding="utf-8") for p in out.iterdir()} == {"old"}


def test_memory_does_not_grow_with_the_file(store, tmp_path):
    """Ten times the rows, about the same peak."""
    peaks = []
    for count in (2, 20):
        text = ["Country,Year,Indicator,Value,Notes\n"]
        for year in range(1950, 1950 + count):
            text += [f"{a},{year},SG_CPA_MIGRS,3,row {a} {year} {n}\n" for n, a in enumerate(["KEN", "UGA", "TUR"])]
        text += ["\n"] * (count * 5000)
        path = file(tmp_path, "".join(text))
        tracemalloc.start()
        taken(store, tmp_path, path, into=str(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3


def test_a_new_published_table_is_one_file_of_description(store, tmp_path):
    """A layout of one's own reads what nobody prepared; a mistake in it is one sentence."""
    text = "Zone;Jahr;Ergebnis\nKenya;2019;3\n"
    with pytest.raises(InputError, match="--layout"):
        taken(store, tmp_path, file(tmp_path, text), **TOLD)
    said = (
        "title: mine\nmakes: observations\nneeds: [area_name, period, value]\n"
        "columns: {area_name: Zone, period: Jahr, value: Ergebnis}\n"
    )
    own = file(tmp_path, said, "mine.yaml")
    _, made = taken(store, tmp_path, file(tmp_path, text), layout=str(own), **TOLD)
    assert made[0]["area"] == "KEN" and made[0]["value"] == "band1072-3"
    for wrong, what in (("makes: cake", "`makes`"), ("colour: red", "unknown key"), ("needs: [x]", "without columns")):
        broken = re.sub(rf"(?m)^{wrong.split(':')[0]}:.*$", wrong, said) if wrong[:5] in said else said + wrong
        with pytest.raises(InputError, match=what):
            layouts.read(file(tmp_path, broken, "bad.yaml"))


def test_the_status_of_a_treaty_becomes_participation_with_its_list(store, tmp_path):
    """Days, the act that the letter tells, signatures alone, footnotes gone from names, the text kept."""
    outcome, made = taken(store, tmp_path, SAMPLES / "treaty-status.csv", **FLAGS["treaty-status"])
    assert [tuple(row[c] for c in ("state", "standing", "signed", "act", "consented", "mark")) for row in made] == [
        ("AFG", "party", "", "accession", "1983-07-06", "6 Jul 1983 a"),
        ("TUR", "party", "1972-10-13", "ratification", "2002-09-16", "13 Oct 1972; 16 Sep 2002"),
        ("SWZ", "party", "", "accession", "1969-04-07", "7 Apr 1969 a"),
        ("NRU", "signatory", "2001-11-12", "", "", "12 Nov 2001"),
        ("CZE", "party", "", "succession", "1993-02-22", "22 Feb 1993 d"),
    ]
    assert {row["list"] for row in made} == {"treaty-status-icerd"}
    listed = rows(Path(outcome.written[1]))[0]
    assert (listed["list"], listed["completeness"], listed["absence"]) == ("treaty-status-icerd", "partial", "unknown")
    flags = {**FLAGS["treaty-status"], "list": "untc-icerd"}
    outcome, _ = taken(store, tmp_path, SAMPLES / "treaty-status.csv", into="b", **flags)
    assert len(outcome.written) == 1, "a list that the graph has is not described twice"


def test_the_projects_own_treaty_list_comes_back(store, tmp_path):
    """What the UN Treaty Collection shows of one treaty becomes the rows that stand in data/participation."""
    own = [row for row in rows(ROOT / "data/participation/untc.csv") if row["list"] == "untc-cat"]
    letters = {
        "accession": " a",
        "succession": " d",
        "acceptance": " A",
        "approval": " AA",
        "formal-confirmation": " c",
    }
    lines = [f"{r['state']}\t{r['signed']}\t{r['consented']}{letters.get(r['act'], '')}\n" for r in own]
    path = file(tmp_path, "Participant\tSignature\tRatification, Accession(a)\n" + "".join(lines))
    flags = {"treaty": "cat", "as_of": "2015-03-14", "source": "src-untreaties", "list": "untc-cat"}
    _, made = taken(store, tmp_path, path, **flags)
    kept = ("state", "instrument", "list", "as_of", "standing", "signed", "act", "consented", "source")
    assert [{k: row[k] for k in kept} for row in made] == [{k: row[k] for k in kept} for row in own]


# Headings of pages of the UN Treaty Collection, each with rows and what they come to.
PAGES = [
    (
        'Participant,Signature,"Formal confirmation(c), Accession(a), Ratification"',
        [("Kenya,30 Mar 2007,19 May 2008", "party", "2007-03-30", "ratification", "2008-05-19"),
         ("Afghanistan,,18 Sep 2012 a", "party", "", "accession", "2012-09-18"),
         ("Angola,,19 May 2014 c", "party", "", "formal-confirmation", "2014-05-19")],
    ),
    (
        'Participant,Signature,"Approval(AA), Acceptance(A), Accession(a), Succession(d), Ratification"',
        [("Japan,9 Dec 2002,11 Jul 2017 A", "party", "2002-12-09", "acceptance", "2017-07-11"),
         ("Serbia,,12 Mar 2001 d", "party", "", "succession", "2001-03-12")],
    ),
    (
        'Participant,"Signature, Succession to signature(d)","Ratification, Accession(a), Succession(d)"',
        [("Montenegro,23 Oct 2006 d,", "signatory", "2006-10-23", "", ""),
         ("Bangladesh,7 Oct 1998,24 Aug 2011", "party", "1998-10-07", "ratification", "2011-08-24")],
    ),
    (
        'Participant,"Definitive signature(s), Ratification, Accession(a)"',
        [("Kenya,6 Jul 1983 s", "party", "", "definitive-signature", "1983-07-06")],
    ),
    ("State,Ratification or accession", [("Kenya,2001", "party", "", "", "2001")]),
    ("State,Consent to be bound", [("Kenya,2001", "party", "", "", "2001")]),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "expected"), PAGES, ids=[h[:60] for h, _ in PAGES])
def test_headings_of_real_pages_name_their_acts_in_any_order(store, tmp_path, heading, expected):
    """A column of consent is known by any of its parts; a day without a letter is the act that has none."""
    path = file(tmp_path, heading + "\n" + "".join(one[0] + "\n" for one in expected))
    outcome, made = taken(store, tmp_path, path, **FLAGS["treaty-status"])
    assert not outcome.findings, messages(outcome)
    assert [tuple(r[c] for c in ("standing", "signed", "act", "consented")) for r in made] == [e[1:] for e in expected]


@pytest.mark.parametrize(
    "heading",
    [
        'State,Signature,"Ratification, Signature"',
        "State,Signature,Depositing of ratification",
        "State,Signature,Bound since",
        "State,Ratification,Signatures",
    ],
)
def test_a_table_of_acts_whose_acts_cannot_be_read_is_refused(store, tmp_path, heading):
    """Parties without their consent would come out as signatories: the import stops and names the column."""
    path = file(tmp_path, heading + "\nKenya,2001,2002\n")
    with pytest.raises(InputError, match="cannot be read"):
        taken(store, tmp_path, path, **FLAGS["treaty-status"])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("Kenya,,6 Jul 1983 P", "letter P behind"),
        ("Kenya,,6 Jul 1983 C", "letter C behind"),
        ("Kenya,6 Jul 1983 a,", "letter a behind"),
        ("[Kenya],6 Jul 1983,6 Jul 1984", "withdrawn"),
        ("Kenya,03/04/2001,", "told apart"),
        ("Kenya,,30 Feb 2001", "calendar"),
        ("Atlantis,,6 Jul 1983 a", "called so"),
        ("Turkey,,6 Jul 1983 a", "stands already in line 2"),
        ("Kenya,2001", "2 cells"),
    ],
)
def test_rows_of_a_treaty_that_cannot_be_taken_are_listed(store, tmp_path, row, said):
    """With the line, and nothing is written."""
    path = file(tmp_path, f"Participant,Signature,Ratification\nTurkey,,2002\n{row}\n")
    outcome, made = taken(store, tmp_path, path, **FLAGS["treaty-status"])
    assert not made and outcome.refused == 1 and said in messages(outcome) and outcome.findings[0].line == 3


def test_a_day_without_letter_where_every_act_has_one_is_refused(store, tmp_path):
    """Such as “Definitive signature(s), Acceptance(A)”: nothing says which it was."""
    path = file(tmp_path, 'State,"Definitive signature(s), Acceptance(A)"\nKenya,2001\nUganda,2002 A\n')
    outcome, made = taken(store, tmp_path, path, **FLAGS["treaty-status"])
    assert not made and outcome.refused == 1 and "No letter" in messages(outcome)


def test_members_become_memberships_with_their_list(store, tmp_path):
    """Role, days as precise as they are written, the name the source uses."""
    outcome, made = taken(store, tmp_path, SAMPLES / "membership.csv", **FLAGS["membership"])
    assert [tuple(row[c] for c in ("member", "role", "role_words", "named", "since")) for row in made] == [
        ("KEN", "member", "Member", "", "2009"),
        ("UGA", "observer", "", "", "2010-03"),
        ("GMB", "member", "Member", "The Gambia", ""),
    ]
    assert rows(Path(outcome.written[1]))[0]["organisation"] == "igad-rcp"
    text = "Member,Role\nKenya,cheerleader\n"
    outcome, _ = taken(store, tmp_path, file(tmp_path, text), **FLAGS["membership"])
    assert outcome.refused == 1 and "none of" in messages(outcome)


@pytest.mark.parametrize("name", ["treaty-status", "membership", "countries-across", "unsd-sdg"])
def test_what_is_written_passes_validation(run, tmp_path, name):
    """The command checks the finished tables against shapes and rules before they are put in place."""
    words = []
    for flag, value in FLAGS.get(name, {}).items():
        words += ["--" + flag.replace("_", "-"), value]
    done = run("import", str(SAMPLES / f"{name}.csv"), "-o", str(tmp_path / "out"), "--name", "new", *words)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "refused" in done.stderr and "Wrote" in done.stderr
    assert list((tmp_path / "out").rglob("new.csv"))


def test_a_broken_rule_stops_the_import_at_the_line_of_the_source(run, tmp_path):
    """A member before the body began: exit 1, the line of the imported file, nothing written."""
    path = file(tmp_path, "Member,Role,Joined\nKenya,member,2009\nUganda,member,2002\n")
    flags = ["--organisation", "igad-rcp", "--source", "src-untreaties", "--format", "json"]
    done = run("import", str(path), "-o", str(tmp_path / "out"), *flags)
    told = json.loads(done.stdout)[0]
    assert done.returncode == 1 and not (tmp_path / "out").exists()
    assert [(f["line"], f["severity"]) for f in told["findings"] if f["check"] == "membership-before-body"] == [
        (3, "error")
    ]


def test_exit_codes_and_sentences_of_the_command(run, tmp_path):
    """2 and the flag; 2 for what cannot be read; never a traceback."""
    path = file(tmp_path, "Country,Value\nKenya,3\n", "kenya-2021.csv")
    for words, said in (([], "--period"), (["--period", "2021"], "--indicator"), (["--layout", "none"], "not known"),
                        (["--encoding", "klingon"], "not known"), (["--decimal", "x"], "--decimal")):  # fmt: skip
        done = run("import", str(path), "-o", str(tmp_path / "out"), *words)
        assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr, (words, done.stderr)


def test_a_filled_form_in_turtle_is_read_as_a_table(store, tmp_path):
    """Observations of an RDF file become rows, to be written in the form of data/."""
    text = (
        "@prefix mg: <https://w3id.org/migkg/def/> . @prefix mgc: <https://w3id.org/migkg/code/> .\n"
        "@prefix mgd: <https://w3id.org/migkg/id/> . @prefix dcterms: <http://purl.org/dc/terms/> .\n"
        "mgd:ob-x a mg:Observation ; mg:area mgd:KEN ; mg:element mgd:sdg1072-d2-a ; mg:period '2026' ;\n"
        "  mg:value mgc:answer1072-yes ; mg:status mgc:status-normal ; dcterms:source mgd:src-unsd-md-10-7-2 .\n"
    )
    _, made = taken(store, tmp_path, file(tmp_path, text, "form.ttl"))
    assert [(r["area"], r["element"], r["value"]) for r in made] == [("KEN", "sdg1072-d2-a", "answer1072-yes")]


def test_the_graph_says_how_an_imported_value_was_written_and_where(store, tmp_path):
    """The text of the source, its line, and the file with its checksum."""
    path = file(tmp_path, LONG + "Swaziland,2019,3\n")
    outcome, _ = taken(store, tmp_path, path, **TOLD)
    said = {(t.predicate.value.rpartition("/")[2].rpartition("#")[2], str(t.object.value)) for t in triples_of(outcome)}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    for one in (("sourceText", "3"), ("locator", "line 2"), ("identifier", f"sha256:{digest}"), ("title", "table.csv"),
                ("note", "Imported with migkg " + __version__ + ", layout long.")):  # fmt: skip
        assert one in said, (one, said)
    assert any(name == "wasDerivedFrom" and text.endswith("src-file-table") for name, text in said)


@pytest.mark.parametrize(("name", "folder"), [("treaty-status", "participation"), ("membership", "memberships")])
def test_the_graph_says_of_a_list_where_each_row_stood(store, tmp_path, name, folder):
    """Participation and memberships: the line, the words, the file with its checksum and layout; the list too."""
    path = SAMPLES / f"{name}.csv"
    outcome, made = taken(store, tmp_path, path, **FLAGS[name])
    facts = triples_of(outcome)
    origin = f"https://w3id.org/migkg/id/src-file-{folder}-{name}"
    about = {t.predicate.value.rpartition("/")[2].rpartition("#")[2]: t.object.value
             for t in facts if t.subject.value == origin}  # fmt: skip
    assert about["identifier"] == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    assert about["title"] == path.name and f"layout {name}." in about["note"]
    places = sorted(t.object.value for t in facts if t.predicate.value.endswith("/def/locator"))
    assert places == sorted(row["locator"] for row in made) and len(places) == len(made)
    assert made[0]["locator"] == f"line {outcome.header_line + 1}"
    assert any(t.predicate.value.endswith("/def/" + ("sourceText" if "treaty" in name else "roleText")) for t in facts)
    for written in outcome.written:  # the rows, and the list on which they stand
        said = candidate.read(Path(written)).triples
        assert any(t.predicate.value.endswith("#wasDerivedFrom") and t.object.value == origin for t in said), written


def triples_of(outcome):
    """What the table that was written means."""
    return candidate.read(Path(outcome.written[0])).triples


@pytest.mark.parametrize("name", ["ken.xlsx", "ken.csv"])
def test_a_remark_is_told_once_with_its_place_in_the_source(run, tmp_path, name):
    """Reading the file and checking the new table find the same; the file that somebody has in hand is named."""
    path = tmp_path / name
    assert run("template", "sdg-10-7-2", "--country", "KEN", "--period", "2026", "-o", str(path)).returncode == 0
    done = run("import", str(path), "-o", str(tmp_path / "out"), "--format", "json")
    (finding,) = json.loads(done.stdout)[0]["findings"]
    assert finding["check"] == "unanswered" and finding["file"] == str(path) and "in the new" not in finding["message"]
    assert finding["cell"] == ("D6" if name.endswith("xlsx") else "")


def test_what_only_the_finished_table_shows_has_its_place_in_the_workbook(tmp_path):
    """A finding about a row of the new table is given back with the sheet and cell, or line, that the row came from."""
    made = tmp_path / "new.csv"
    one = Outcome(str(tmp_path / "form.xlsx"), staged=[made], origin={made: (3, array("L", [7, 8]))})
    one.spots = {8: Spot("Domain 2", 5, {"value": "D"})}
    check = [Finding("warning", "odd", "x", "mg:value", "", "Odd.", str(made), line, "value") for line in (3, 4, 99)]
    told: set[tuple[object, ...]] = set()
    for finding in check:
        intake._belongs(finding, [one], told)
    assert [f.place for f in one.findings] == ["line 7, column value", "Domain 2!D5", "line 99, column value"]
    assert [f.message for f in one.findings] == ["Odd.", "Odd.", "Odd. (in the new new.csv)"]


@pytest.mark.parametrize("name", ["ken.xlsx", "ken.csv"])
def test_a_filled_form_is_kept_with_what_its_head_says(store, run, tmp_path, name):
    """Short words become codes, the head stays, the name is method, country and year; a wrong answer is listed."""
    path = tmp_path / name
    assert run("template", "sdg-10-7-2", "--country", "KEN", "--period", "2026", "-o", str(path)).returncode == 0
    outcome, made = taken(store, tmp_path, path)
    target = Path(outcome.written[0])
    assert target.name == "sdg-10-7-2-KEN-2026.csv" and len(made) == outcome.read == 30
    head = target.read_text(encoding="utf-8")
    assert "# method: " in head and f"# from_file: {name}\n" in head and "# sha256: " in head
    assert {row["area"] for row in made} == {"KEN"} and {row["status"] for row in made} == {"missing"}
    if name.endswith(".csv"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        wrong = next(n for n, line in enumerate(lines) if line.startswith("KEN,"))
        lines[wrong] = lines[wrong].replace(' / no",,', ' / no",perhaps,', 1)
        path.write_text("".join(lines), encoding="utf-8")
        outcome, made = taken(store, tmp_path, path, into="b")
        assert not made and outcome.refused == 1 and outcome.findings[0].line == wrong + 1
        assert outcome.read == outcome.accepted + outcome.refused == 30


def test_every_described_series_leads_to_elements_of_the_graph(store):
    """A description names no element, unit or source that is not there."""
    parts = elements.read(store)
    for one in parts.series.values():
        assert one.elements and set(one.elements.values()) <= set(parts.ids), one.code
        assert not one.unit or f"unit-{one.unit}" in parts.codes("units"), one.code


def test_errors_are_of_the_house():
    """Whatever is raised has an exit code and a sentence."""
    with pytest.raises(MigkgError):
        files.table(Path("nowhere.csv"))
