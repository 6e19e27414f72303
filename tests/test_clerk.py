"""What importing tables that nobody prepared promises: taken, or refused with a way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from migkg.errors import UsageError
from tests.test_intake import LONG, SAMPLES, SOURCE, TOLD, file, messages, rows, taken

FIGURES = {"indicator": "10.7.2", "source": "src-unsd-sdg-related", "unit": "percent"}
UNSD = "SeriesCode,GeoAreaCode,GeoAreaName,TimePeriod,Value,Policy Domains\nSG_CPA_MIGRS,8,Albania,2019,{},ALLDOMAINS\n"


@pytest.mark.parametrize("name", ["../../evil", "a/b", "a name", "", "-x", ".."])
def test_a_name_stays_in_its_folder(store, tmp_path, name):
    """The folder is for -o to say."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    if name:
        with pytest.raises(UsageError, match="--name"):
            taken(store, tmp_path, path, name=name, **TOLD)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]
    else:
        assert taken(store, tmp_path, path, name="a-name_2", **TOLD)[0].written[0].endswith("observations/a-name_2.csv")


def test_a_band_may_be_written_as_a_decimal_number(store, tmp_path):
    """UNSD writes 3.0; a unit would make 3 per cent of it, and is refused."""
    _, made = taken(store, tmp_path, file(tmp_path, UNSD.format("3.0")))
    assert (made[0]["value"], made[0]["value_text"]) == ("band1072-3", "3.0")
    with pytest.raises(UsageError, match=r"--unit percent: the series SG_CPA_MIGRS holds codes.*1 \(requires"):
        taken(store, tmp_path, file(tmp_path, UNSD.format("3.0")), into="b", unit="percent")


@pytest.mark.parametrize("value", ["5", "3.5", "NaN"])
def test_what_is_no_code_is_refused_in_words_that_people_know(store, tmp_path, value):
    """Numbers with their meaning, not names of ours, and no advice that would make figures of codes."""
    outcome, made = taken(store, tmp_path, file(tmp_path, UNSD.format(value)))
    said = messages(outcome)
    assert not made and "3 (meets)" in said and "--missing" in said and "--unit" not in said and "band1072" not in said


def test_a_unit_nobody_knows_is_refused_with_the_list(store, tmp_path):
    """Before any row is read."""
    with pytest.raises(UsageError, match=r"--unit percentage is not known here.*percent"):
        taken(store, tmp_path, file(tmp_path, LONG + "Kenya,2019,3\n"), **{**FIGURES, "unit": "percentage"})


def test_a_part_is_never_written_as_the_whole(store, tmp_path):
    """Each row is listed; --only takes the rows of the whole, --ignore-column says that all are."""
    text = "Country,Year,Value,Sex\nKenya,2019,60,F\nKenya,2019,55,Both sexes\nUganda,2019,50,\n"
    outcome, made = taken(store, tmp_path, file(tmp_path, text), **FIGURES)
    assert not made and outcome.refused == 1 and outcome.accepted == 2
    assert "2:Sex:F:By the column Sex this row is a part" in messages(outcome)
    assert "--only" in messages(outcome) and "--ignore-column" in messages(outcome)
    outcome, made = taken(store, tmp_path, file(tmp_path, text), only={"sex": "both sexes"}, **FIGURES)
    assert [row["area"] for row in made] == ["KEN"] and outcome.skipped == {"left out by --only": 2}
    women = file(tmp_path, "Country,Year,Value,Sex\nKenya,2019,60,F\n")
    _, made = taken(store, tmp_path, women, into="b", ignored=("Sex",), **FIGURES)
    assert made[0]["value"] == "60"
    with pytest.raises(UsageError, match="no such column"):
        taken(store, tmp_path, women, into="c", ignored=("Gender",), **FIGURES)


def test_parts_in_sdmx_are_parts_too(store, tmp_path):
    """A column that a layout passes over still says what a row is."""
    text = (SAMPLES / "sdmx.csv").read_text(encoding="utf-8")
    assert taken(store, tmp_path, file(tmp_path, text))[0].refused == 0
    outcome, _ = taken(store, tmp_path, file(tmp_path, text.replace("_T,_T,PD_1", "F,_T,PD_1")), into="b")
    assert outcome.refused == 1 and "SEX" in messages(outcome)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Ministry of Interior", "not described here.*--source-title"),
        ("src-unsd-sdg-relatd", r"Near: src-unsd-sdg-related \("),
        ("src-my-ministry", "ask sources-with-terms"),
        ("src-untc-copy-v5", "terms.*dcterms:rights"),
    ],
)
def test_a_source_that_cannot_be_used_comes_with_a_way_out(store, tmp_path, source, said):
    """Near names, the list of all, what is missing, and how to describe one."""
    with pytest.raises(UsageError, match=said):
        taken(store, tmp_path, file(tmp_path, LONG + "Kenya,2019,3\n"), **{**TOLD, "source": source})


@pytest.mark.parametrize("terms", ["https://creativecommons.org/licenses/by/4.0/", "Free to use, by e-mail"])
def test_a_source_of_ones_own_is_written_beside_the_table(run, tmp_path, terms):
    """Described with three flags; table and source pass the check together; the same again changes nothing."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    words = ["import", str(path), "-o", str(tmp_path / "out"), "--indicator", "10.7.2", "--source-title",
             'Report of the "Ministry"', "--source-publisher", "Ministry of Interior", "--source-licence", terms]  # fmt: skip
    done = run(*words)
    assert done.returncode == 0, done.stderr + done.stdout
    made = tmp_path / "out" / "sources" / "report-of-ministry.ttl"
    said = made.read_text(encoding="utf-8")
    assert ("dcterms:license <https" in said) == terms.startswith("http") and "Ministry of Interior" in said
    assert rows(tmp_path / "out" / "observations" / "table.csv")[0]["source"] == "src-report-of-ministry"
    assert "Unchanged" in run(*words).stderr


def test_a_source_of_ones_own_is_described_whole_and_once(store, tmp_path):
    """Title, publisher and terms; not a name that is taken."""
    path = file(tmp_path, LONG + "Kenya,2019,3\n")
    with pytest.raises(UsageError, match="--source-publisher, --source-licence"):
        taken(store, tmp_path, path, indicator="10.7.2", source_title="Report")
    own = {"source_title": "Report", "source_publisher": "We", "source_licence": "free"}
    for name, said in ((SOURCE, "described already"), ("My report", "name such as src-")):
        with pytest.raises(UsageError, match=said):
            taken(store, tmp_path, path, indicator="10.7.2", source=name, **own)
    assert not Path(tmp_path / "out").exists()
