"""Why a score is what it is: answers, weights, evidence, legal basis, what if, and the way to the next band."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migkg import explain, score
from migkg.cli.explain import story
from migkg.errors import UnknownName, UsageError
from tests import bases
from tests.test_score_methods import LIGHT, METHOD, asked, some

FORM = bases.ROOT / "tests" / "scenarios" / METHOD / "sdg-10-7-2-KEN-2026.csv"
INDEX = bases.ROOT / "tests" / "scenarios" / "mgi-2016"


def explained(*what_if: str, data: Path = FORM, method: str = METHOD, area: str = "KEN") -> explain.Explanation:
    """Explain the form of the scenario."""
    return explain.explain(bases.real_store(), area, method, data=[data], what_if=what_if)


def test_each_answer_says_what_it_weighs_and_rests_on() -> None:
    """A fifth of its domain, a thirtieth of the whole; and the way to the law."""
    found = explained()
    assert len(found.answers) == 30 and found.period == "2026" and found.area_label == "Kenya"
    one = next(a for a in found.answers if a.question == "sdg1072-d1-c")
    assert (one.answer_label, one.worth, one.part) == (
        "yes, only for those with legal immigration status",
        0.5,
        "sdg1072-d1",
    )
    assert one.shares == {"sdg1072-d1": 0.2, "sdg-indicator-10-7-2": pytest.approx(1 / 30)}
    assert any("A/RES/70/1 (recommendation)" in line for line in one.legal)
    assert [a.question for a in found.answers if a.missing] == ["sdg1072-d2-e", "sdg1072-d6-e"]
    assert "Does not assess implementation" in found.limits[0] + found.limits[1] + found.limits[2]


def test_what_if_is_recomputed_by_the_same_queries() -> None:
    """One more yes in domain 2: 80 becomes 100, and the whole 63.3 becomes 66.7."""
    found = explained("2.e=yes")
    by = {part.now.element: (part.before.value if part.before else None, part.now.value) for part in found.parts}
    assert by["sdg1072-d2"] == (80.0, 100.0) and by["sdg-indicator-10-7-2"] == (63.33333, 66.66667)
    assert all(a == b for part, (a, b) in by.items() if part not in ("sdg1072-d2", "sdg-indicator-10-7-2"))


@settings(LIGHT, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some(), st.data())
def test_what_if_equals_recomputing(tmp_path: Path, answers: dict[str, str | None], data: st.DataObject) -> None:
    """Asking what if gives the scores of the same form with the other answers written in."""
    changes = data.draw(st.dictionaries(st.sampled_from(sorted(answers)), st.integers(0, 1), min_size=1, max_size=3))
    said = {q: sorted(asked()[q].options)[i] for q, i in changes.items()}
    edited, _ = score.of(bases.real_store(), METHOD, [form(tmp_path / "edited.csv", {**answers, **said})])
    found = explained(*(f"{q}={a}" for q, a in said.items()), data=form(tmp_path / "form.csv", answers))
    assert {part.now.element: part.now.value for part in found.parts} == {one.element: one.value for one in edited}


def form(path: Path, answers: dict[str, str | None]) -> Path:
    """Write a filled form."""
    rows = [f"KEN,{q},2026,{a or ''},{'normal' if a else 'missing'},,," for q, a in answers.items()]
    path.write_text(
        "# method: sdg-10-7-2\narea,element,period,value,status,unit,source,note\n" + "\n".join(rows) + "\n"
    )
    return path


def test_the_fewest_answers_to_the_next_band_are_scored() -> None:
    """19 of 30 now, 24 wanted: five more yes; and the example really gets there."""
    found = {part.now.element: part.lift for part in explained().parts}
    whole = found["sdg-indicator-10-7-2"]
    assert whole and (whole.needed, whole.band, whole.value, whole.reached) == (5, "band1072-3", 80.0, True)
    assert whole.sets == 252, "5 of the 10 questions that gain a whole point"
    assert found["sdg1072-d3"] is None, "at the top there is nothing to reach"
    assert found["sdg1072-d4"] and found["sdg1072-d4"].needed == 2


def test_a_band_that_coverage_withholds_is_said() -> None:
    """Of domain 1 of the index only a fifth can be answered: no answers make a band."""
    found = explained(data=INDEX / "mgi-2016-KEN-2016.csv", method="mgi-2016")
    lift = next(part.lift for part in found.parts if part.now.element == "mgi2016-d1")
    assert lift and not lift.reached
    assert "too little is answered" in story(found, "text")


def test_a_country_without_answers_is_told_what_is_published() -> None:
    """Bands alone are no answers; a method that asks nothing cannot be explained."""
    with pytest.raises(UsageError, match=r"Published are only bands \(sdg-indicator-10-7-2 2019: meets"):
        explain.explain(bases.real_store(), "KEN", METHOD)
    with pytest.raises(UsageError, match="asks no questions"):
        explain.explain(bases.real_store(), "KEN", "sdg-10-7-2-regional")


def test_a_standing_is_explained_with_the_list_it_was_read_off() -> None:
    """Kenya has not joined the convention on migrant workers; the list that says so is named."""
    found = explain.explain(bases.real_store(), "KEN", "ratification", what_if=["icrmw=party"])
    one = next(a for a in found.answers if a.question == "icrmw")
    assert one.changed_from == "standing-none" and "ICRMW" in (one.evidence[0].title or "")
    assert found.queries[0] == "score/standings" and found.parts[0].now.value == 76.47059


def test_what_if_may_be_said_in_the_words_of_a_form() -> None:
    """Oui and sí are answers as yes is."""
    assert explained("2.e=oui").what_if == explained("2.e=sí").what_if == explained("2.e=yes").what_if


def test_the_story_speaks_in_words_and_leaves_out_what_no_form_asks() -> None:
    """Codes of questions and words of answers in the lifts; in one line what nobody asks."""
    told = story(explained(), "text")
    assert "= yes, regardless of immigration status" in told and "sdg1072-d1-d" not in told
    index = explained(data=INDEX / "mgi-2016-KEN-2016.csv", method="mgi-2016")
    told = story(index, "text")
    assert len(index.not_asked) == 22 and "Not asked by the form, and so not answered: 1.1, 1.3, 1.4 … 5.5 (22)" in told
    assert not any("1.1" in line and "weighs" in line for line in told.splitlines())


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ("2.e", UsageError, "is no change"),
        ("9.z=yes", UnknownName, "no question of this method"),
        ("2.e=maybe", UsageError, "can be: no .*, yes"),
        ("1.a=yes", UsageError, "is no answer to sdg1072-d1-a"),
    ],
)
def test_a_change_that_cannot_be_is_refused(change: str, kind: type[Exception], words: str) -> None:
    """With what could be meant."""
    with pytest.raises(kind, match=words):
        explained(change)


def test_the_story_says_it_in_words(run) -> None:  # type: ignore[no-untyped-def]
    """The command prints text, Markdown and JSON."""
    said = run("explain", "KEN", METHOD, "--data", str(FORM), "--what-if", "2.e=yes")
    assert said.returncode == 0, said.stderr
    assert (
        "80.0, meets" in said.stdout and "missing → yes" in said.stdout and "weighs 20 % of sdg1072-d2" in said.stdout
    )
    assert run("explain", "KEN", METHOD, "--data", str(FORM), "--format", "md").stdout.startswith("# Kenya, 2026")
    assert '"sets": 252' in run("explain", "KEN", METHOD, "--data", str(FORM), "--format", "json").stdout
    assert run("explain", "KEN", METHOD, "--format", "xml").returncode == 2
