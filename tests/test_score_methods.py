"""Methods of answers: worked by hand, true for any answers, the same by every store."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import pyoxigraph as ox
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from migkg import asked as forms
from migkg import lifts, queries, rescore, score
from migkg.errors import InputError, RuleBroken, UsageError
from migkg.terms import local, thing
from tests import bases

SCENARIOS = sorted((bases.ROOT / "tests" / "scenarios").glob("*/*.yaml"))
METHOD = "sdg-10-7-2"
CASE = ("KEN", "2026")
Given = Mapping[str, str | None]
LIGHT = settings(max_examples=40, deadline=None, database=None)


# ---------------------------------------------------------------------------------------------- by hand


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_scenario_comes_out_as_worked_by_hand(path: Path) -> None:
    """Every figure of tests/scenarios, to five digits, and no other."""
    said = yaml.safe_load(path.read_text(encoding="utf-8"))
    name, store = path.parent.name, bases.real_store()
    if "files" in said:
        found = score.of(store, name, [path.parent / file for file in said["files"]])[0]
    elif "on" in said:
        found = score.of(store, name, on=said["on"], area=said["area"])[0]
    else:
        found = score.scores(store, name, area=said["area"])
    keys = ("area", "period", "element", "value", "band", "lower", "upper", "coverage")
    assert [{key: getattr(one, key) for key in keys} for one in sorted(found, key=_order)] == said["expect"]


def _order(one: score.Score) -> tuple[str, str, str]:
    return one.area, one.period, one.element


def test_every_method_has_a_scenario() -> None:
    """A method that nobody has worked out by hand is not to be trusted."""
    named = {path.parent.name for path in SCENARIOS} | {"sdg-10-7-2-regional"}
    assert {m["method"] for m in score.methods(bases.real_store())} == named


# ---------------------------------------------------------------------------------------------- for any answers


@cache
def bench(method: str = METHOD) -> rescore.Scratch:
    """Return a scratch graph of the real methods."""
    store = bases.real_store()
    return rescore.scratch(store, score.method(store, method))


@cache
def asked(method: str = METHOD) -> dict[str, forms.Answer]:
    """Return the questions of a method."""
    store = bases.real_store()
    return forms.questions(store, score.method(store, method))


def scored(answers: Given, method: str = METHOD) -> dict[str, score.Score]:
    """Return the scores of answers by part."""
    one = bench(method)
    one.put_answers({CASE: answers})
    return {s.element: s for s in map(score.of_row, one.scores())}


def some(method: str = METHOD, *, gaps: bool = True) -> st.SearchStrategy[dict[str, str | None]]:
    """Any answers to the questions of a method, with gaps or without."""
    none: list[str | None] = [None] if gaps else []
    return st.fixed_dictionaries(
        {q: st.sampled_from([*none, *one.options]) for q, one in asked(method).items() if one.options}
    )


@LIGHT
@given(some(), st.data())
def test_a_better_answer_never_lowers_a_score_or_a_band(answers: dict[str, str | None], data: st.DataObject) -> None:
    """No to yes, or missing to anything: nothing falls."""
    question = data.draw(st.sampled_from(sorted(answers)))
    worth = {answer: float(option[2]) for answer, option in asked()[question].options.items()}
    better = [a for a in worth if answers[question] is None or worth[a] >= worth[answers[question] or ""]]
    before, after = scored(answers), scored({**answers, question: data.draw(st.sampled_from(better))})
    if any(answers.values()):
        assert all(
            after[p].value >= before[p].value and (after[p].band or "") >= (before[p].band or "") for p in before
        )


@LIGHT
@given(some())
def test_the_whole_lies_between_its_domains(answers: dict[str, str | None]) -> None:
    """And is their mean, as all have five questions."""
    found = scored(answers)
    if found:
        domains = [one.value for part, one in found.items() if part.startswith("sdg1072-d")]
        assert min(domains) - 1e-4 <= found["sdg-indicator-10-7-2"].value <= max(domains) + 1e-4
        assert found["sdg-indicator-10-7-2"].value == pytest.approx(sum(domains) / 6, abs=1e-4)


@LIGHT
@given(some(), st.randoms(use_true_random=False))
def test_order_and_labels_do_not_matter(answers: dict[str, str | None], chance: random.Random) -> None:
    """Answers in another order are the same answers, and no label enters a score."""
    rows = list(answers.items())
    chance.shuffle(rows)
    assert scored(dict(rows)) == scored(answers)
    assert all("prefLabel" not in queries.load(f"score/{name}").text for name in ("steps", "weights", "answers"))


@LIGHT
@given(some(), st.data())
def test_bounds_contain_every_completion(answers: dict[str, str | None], data: st.DataObject) -> None:
    """However the gaps are filled, no value leaves its bounds, and both bounds are reached."""
    before = scored(answers)
    gaps = [q for q, a in answers.items() if a is None]
    full = {**answers, **{q: data.draw(st.sampled_from(sorted(asked()[q].options))) for q in gaps}}
    ends = {which: _filled(answers, which) for which in (0, -1)}
    for part, one in scored(full).items():
        if part in before:
            low, high = before[part].lower or 0.0, before[part].upper or 0.0
            assert low - 1e-4 <= one.value <= high + 1e-4
            assert (scored(ends[0])[part].value, scored(ends[-1])[part].value) == pytest.approx((low, high), abs=1e-4)


def _filled(answers: Given, which: int) -> dict[str, str | None]:
    """Fill all gaps with the worst (0) or the best (-1) answer."""
    best = {q: sorted(one.options, key=lambda a: float(one.options[a][2]))[which] for q, one in asked().items()}
    return {q: answer or best[q] for q, answer in answers.items()}


@LIGHT
@given(some())
def test_a_score_is_what_counting_by_fingers_gives(answers: dict[str, str | None]) -> None:
    """The queries and a few lines of Python that know nothing of them agree, to the last digit and band."""
    points = {"yes": 1, "no": 0, "d1-all": 1, "d1-legal": Fraction(1, 2), "d1-no": 0}
    worth = {q: Fraction(points[a.removeprefix("answer1072-")]) if a else Fraction(0) for q, a in answers.items()}
    for part, one in scored(answers).items():
        mine = [w for q, w in worth.items() if part == "sdg-indicator-10-7-2" or q.startswith(part + "-")]
        value = 100 * sum(mine, Fraction(0)) / len(mine)
        band = 1 + (value >= 40) + (value >= 80) + (value >= 100)
        assert (one.value, one.band) == (round(float(value), 5), f"band1072-{band}")


@LIGHT
@given(some("mgi-2016"))
def test_step_by_step_is_the_mean_of_what_is_answered(answers: dict[str, str | None]) -> None:
    """Missing answers are left out; the value of 1.2 is the mean of the rest."""
    points = {"yes": 1.0, "somewhat": 0.5, "no": 0.0}
    given_ = [
        points[a.removeprefix("answer-mgi2016-")] for q, a in answers.items() if a and q.startswith("mgi2016-1-2-")
    ]
    found = scored({q: a for q, a in answers.items() if q.startswith("mgi2016-1-2-")}, "mgi-2016")
    if given_:
        assert found["mgi2016-1-2"].value == round(100 * sum(given_) / len(given_), 5)
        assert found["mgi2016-1-2"].coverage == round(len(given_) / 3, 5)
    else:
        assert not found, "where nothing is answered there is no value"


# ---------------------------------------------------------------------------------------------- the fewest answers


def _items(rows: list[tuple[int, int | None]]) -> list[lifts.Item]:
    return [
        lifts.Item(f"q{i}", Fraction(weight), None if now is None else Fraction(now, 2), Fraction(1))
        for i, (weight, now) in enumerate(rows)
    ]


@settings(max_examples=200, deadline=None, database=None)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.one_of(st.none(), st.integers(0, 2))), min_size=1, max_size=6),
    st.integers(1, 10),
    st.booleans(),
)
def test_the_fewest_answers_are_what_trying_all_sets_finds(
    rows: list[tuple[int, int | None]], tenth: int, counted: bool
) -> None:
    """The search is exact: no smaller set does it, and as many sets of its size do as it says."""
    items, missing, limit = _items(rows), Fraction(0) if counted else None, Fraction(10 * tenth)
    now = lifts.value(items, missing)
    if now is not None and now >= limit:
        return
    done = [
        {one.name for one, flip in zip(items, flips, strict=True) if flip}
        for flips in product((False, True), repeat=len(items))
        if (
            v := lifts.value(
                [
                    lifts.Item(i.name, i.weight, i.best if f else i.now, i.best)
                    for i, f in zip(items, flips, strict=True)
                ],
                missing,
            )
        )
        is not None
        and v >= limit
    ]
    found = lifts.need(items, missing, limit)
    if found is None:
        assert not done
        return
    least = min(len(names) for names in done)
    assert len(found.names) == least and set(found.names) in done
    rising = {one.name for one in items if one.now is None or one.now < one.best}
    assert found.sets is None or found.sets == sum(1 for names in done if len(names) == least and names <= rising)


# ---------------------------------------------------------------------- files that are not as they should be


def form(path: Path, *rows: str) -> Path:
    """Write a table of answers."""
    path.write_text("area,element,period,value,status,unit,source,note\n" + "".join(f"{row}\n" for row in rows))
    return path


def test_two_answers_to_one_question_are_refused(tmp_path: Path) -> None:
    """With both lines; nobody can tell which is meant."""
    path = form(
        tmp_path / "a.csv",
        "KEN,sdg1072-d2-a,2026,answer1072-yes,normal,,,",
        "KEN,sdg1072-d2-a,2026,answer1072-no,normal,,,",
    )
    with pytest.raises(RuleBroken, match=r"line 2, column value, line 3, column value: two answers to sdg1072-d2-a"):
        score.of(bases.real_store(), METHOD, [path])


def test_two_files_for_one_country_and_year_are_refused(tmp_path: Path) -> None:
    """Data sets that contradict each other are never mixed."""
    one = form(tmp_path / "a.csv", "KEN,sdg1072-d2-a,2026,answer1072-yes,normal,,,")
    two = form(tmp_path / "b.csv", "KEN,sdg1072-d2-a,2026,answer1072-no,normal,,,")
    with pytest.raises(RuleBroken, match=r"a\.csv, line 2, column value and .*b\.csv, line 2, column value"):
        score.of(bases.real_store(), METHOD, [one, two])


def test_an_answer_that_cannot_be_given_counts_as_missing_and_is_named(tmp_path: Path) -> None:
    """A yes in domain 1, which asks for three other answers."""
    path = form(
        tmp_path / "a.csv",
        "KEN,sdg1072-d1-a,2026,answer1072-yes,normal,,,",
        "KEN,sdg1072-d1-b,2026,answer1072-d1-all,normal,,,",
    )
    found, remarks = score.of(bases.real_store(), METHOD, [path], element="sdg1072-d1")
    assert (found[0].value, found[0].coverage) == (20.0, 0.2)
    assert remarks == [
        f"{path}, line 2, column value: “answer1072-yes” is no answer that sdg1072-d1-a can have; it counts as missing."
    ]


def test_bands_alone_give_no_score(tmp_path: Path) -> None:
    """What cannot be worked out is said plainly."""
    path = form(tmp_path / "a.csv", "KEN,sdg1072-d1,2019,band1072-3,normal,,,")
    with pytest.raises(InputError, match="does not tell the answers it was made from"):
        score.of(bases.real_store(), METHOD, [path])
    other = form(tmp_path / "b.csv", "KEN,gcm-o01,2019,answer1072-yes,normal,,,")
    with pytest.raises(InputError, match="no row is about a question of sdg-10-7-2"):
        score.of(bases.real_store(), METHOD, [other])


def test_a_day_is_a_day_and_only_for_methods_that_look_at_one() -> None:
    """Neither guessed nor ignored."""
    with pytest.raises(UsageError, match="is not a day"):
        score.of(bases.real_store(), "ratification", on="2013")
    with pytest.raises(UsageError, match="does not look at a day"):
        score.of(bases.real_store(), METHOD, on="2013-01-01")


def test_scoring_files_stores_nothing() -> None:
    """The graph is the same afterwards."""
    store = bases.slim()
    before = {name: len(store.get(name)) for name in store.graphs()}
    score.of(store, METHOD, [bases.ROOT / "tests" / "scenarios" / METHOD / "sdg-10-7-2-KEN-2026.csv"])
    assert {name: len(store.get(name)) for name in store.graphs()} == before


# ---------------------------------------------------------------------------------------------- treaties and mechanisms


@pytest.mark.parametrize("day", ["2013-07-06", "1995-06-15", "2022-08-25"])
def test_the_method_and_the_trace_see_each_state_alike(day: str) -> None:
    """`score ratification` and `trace --for` follow the same rules, for every State and treaty."""
    store, on = bases.real_store(), ox.Literal(day)
    treaties = [thing(q) for q in asked("ratification")]
    seen: dict[tuple[str, str], set[str]] = {}
    for row in queries.rows(store, "view/standing", text=treaties, asOf=on):
        seen.setdefault((row["state"] or "", row["instrument"] or ""), set()).add(row["answer"] or "")
    told: dict[object, dict[str, str]] = {}
    for one in queries.construct(store, "score/standings", asOf=on):
        told.setdefault(one.subject, {})[local(one.predicate.value)] = local(one.object.value)
    scored = {(one["area"], one["element"]): one["value"] for one in told.values() if "area" in one}
    same = {"party": {"standing-party"}, "signatory": {"standing-signatory"},
            "not-party": {"standing-none", "standing-not-party"}}  # fmt: skip
    assert len(scored) > 2_000
    for key in scored.keys() | seen.keys():
        known = seen.get(key, set()) - {"unknown"}
        answer = "signatory" if known == {"signatory", "not-party"} else known.pop() if len(known) == 1 else ""
        assert scored.get(key) in same.get(answer, {None}), (key, answer)


def test_who_had_not_signed_by_the_day_is_no_signatory() -> None:
    """Angola signed CAT on 24 September 2013, Portugal ICPPED on 6 February 2007; Tajikistan none of them by then."""
    store = bases.real_store()
    value = {t.subject.value: t.object.value for t in queries.construct(store, "score/standings")
             if t.predicate.value.endswith("/value")}  # fmt: skip
    for state, treaty, expected in (("AGO", "cat", "none"), ("PRT", "icpped", "signatory"), ("TJK", "crpd", "none"),
                                    ("LIE", "crpd", "none"), ("AGO", "icerd", "none")):  # fmt: skip
        found = value[thing(f"da-ratification-{state}-{treaty}-2013").value]
        assert found.endswith(f"standing-{expected}"), (state, treaty, found)


def test_a_treaty_not_yet_in_force_is_left_out() -> None:
    """On the first day of 2000 UNTOC did not exist: it counts neither as a yes nor as a no."""
    said = queries.construct(bases.real_store(), "score/standings", asOf=ox.Literal("2000-01-01"))
    assert not any(t.object == thing("untoc") for t in said) and any(t.object == thing("crc") for t in said)


def test_who_a_later_list_has_no_longer_does_not_take_part() -> None:
    """France took part in the IGC in 2009 and is not on its list of today: that is an answer."""
    said = queries.construct(bases.real_store(), "score/mechanisms")
    mine = {t.predicate.value.rsplit("/", 1)[1]: t.object.value for t in said
            if t.subject == thing("da-regional-cooperation-FRA-igc-2024")}  # fmt: skip
    assert mine["value"].endswith("/participation-none")
