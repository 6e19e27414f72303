"""Files that may not be scored: answers that cannot be read, and forms that contradict each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from migkg import candidate, compare, explain, score
from migkg.errors import RuleBroken
from tests import bases

METHOD = "sdg-10-7-2"
HEAD = "# method: sdg-10-7-2\n# country: KEN\n# period: 2026\n# language: {}\nelement,value,evidence_link\n"
GOOD = {"sdg1072-d2-a": "yes", "sdg1072-d2-b": "no", "sdg1072-d1-a": "no"}


def form(path: Path, answers: dict[str, str], language: str = "en", link: str = "") -> Path:
    """Write a form of Kenya."""
    rows = "".join(f"{question},{answer},{link}\n" for question, answer in answers.items())
    path.write_text(HEAD.format(language) + rows, encoding="utf-8")
    return path


def test_answers_that_cannot_be_read_make_no_score(tmp_path: Path) -> None:
    """Neither score, explain nor compare counts them as missing; each cell is named, with what was meant."""
    path = form(tmp_path / "ken.csv", {**GOOD, "sdg1072-d2-c": "yess", "sdg1072-d2-d": "perhaps"})
    words = r"2 things cannot be read.*line 9, column value “yess” \(Did you mean yes\?\); line 10, column value “perh"
    with pytest.raises(RuleBroken, match=words):
        score.of(bases.real_store(), METHOD, [path])
    with pytest.raises(RuleBroken, match=words):
        explain.explain(bases.real_store(), "KEN", METHOD, data=[path])
    with pytest.raises(RuleBroken, match=words):
        compare.compare(bases.real_store(), ["KEN", "UGA"], METHOD, data=[path])


def test_a_form_is_told_in_its_own_language(tmp_path: Path) -> None:
    """A French form in French, a Spanish one in Spanish."""
    for language, said in (("fr", "un élément est illisible"), ("es", "un elemento no se puede leer")):
        path = form(tmp_path / f"{language}.csv", {"sdg1072-d2-c": "yess"}, language)
        with pytest.raises(RuleBroken, match=said):
            score.of(bases.real_store(), METHOD, [path])


def test_what_stands_beside_the_answers_is_a_remark(tmp_path: Path) -> None:
    """A link that is none changes no score, and is not passed over in silence."""
    path = form(tmp_path / "ken.csv", {"sdg1072-d2-a": "yes"}, link="see our website")
    found, remarks = score.of(bases.real_store(), METHOD, [path], element="sdg1072-d2")
    assert found[0].value == 20.0
    assert len(remarks) == 1 and "line 6, column evidence_link" in remarks[0] and "does not depend" in remarks[0]


def test_two_forms_of_one_country_and_year_are_never_mixed(tmp_path: Path) -> None:
    """They would be the same graph: the last one used to win in silence."""
    one = form(tmp_path / "one.csv", GOOD)
    two = form(tmp_path / "two.csv", {**GOOD, "sdg1072-d2-b": "yes", "sdg1072-d2-c": "no"})
    with pytest.raises(RuleBroken) as caught:
        score.of(bases.real_store(), METHOD, [one, two])
    said = str(caught.value)
    assert "both the answers of sdg-10-7-2-KEN-2026, and 2 of them differ" in said
    assert "one.csv, line 7, column value “no”" in said and "two.csv, line 7, column value “yes”" in said
    assert "answer1072" not in said, "words, not codes"


def test_the_same_form_twice_counts_once(tmp_path: Path) -> None:
    """And that is said."""
    one, two = (form(tmp_path / name, GOOD) for name in ("one.csv", "two.csv"))
    alone, _ = score.of(bases.real_store(), METHOD, [one])
    both, remarks = score.of(bases.real_store(), METHOD, [one, two])
    assert both == alone and any("counts once" in remark for remark in remarks)


def test_one_number_written_in_two_ways_is_no_contradiction(tmp_path: Path) -> None:
    """55.5 and 55.50 are one value, said twice."""
    path = tmp_path / "figures.csv"
    row = "KEN,series-any,2020,{},normal,unit-percent,src-any,\n"
    path.write_text("area,element,period,value,status,unit,source,note\n" + row.format("55.5") + row.format("55.50"))
    read = candidate.read(path, store=bases.real_store())
    assert [(f.check, f.severity) for f in read.faults if f.check.startswith("row")] == [("row-repeated", "warning")]
    assert sum(t.predicate.value.endswith("/value") for t in read.triples) == 1
