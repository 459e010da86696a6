"""Ratings that are wrong as a whole: counted from another number, stated otherwise, reversed, renumbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from opentrs.messages import LANGS
from opentrs.reference import numbered_items, scale_items
from opentrs.sources import CheckResult, check
from opentrs.sources.rating_patterns import reversed_items
from tests.unit.sources.folders import PEOPLE, TODAY, checked, folder, found

LONG = "person_id,date,scale,item,value,rater\n"
PANSS = [f"{letter}{n}" for letter, last in (("P", 7), ("N", 7), ("G", 16)) for n in range(1, last + 1)]
BPRS = [item for scale, item, kind in scale_items()[["scale", "item", "kind"]].itertuples(index=False)
        if (scale, kind) == ("BPRS-18", "item")]  # fmt: skip
DAY = "2020-01-01"


def rows(
    scale: str, values: Mapping[str, object], person: str = "cai", date: str = DAY, rater: str = ""
) -> str:
    return "".join(f"{person},{date},{scale},{item},{value},{rater}\n" for item, value in values.items())


def codes(result: CheckResult, *wanted: str) -> list[tuple[str, str]]:
    return [(problem.severity, problem.code) for problem in result.problems if problem.code in wanted]


def one(result: CheckResult, code: str) -> Mapping[str, object]:
    (problem,) = [problem for problem in result.problems if problem.code == code]
    for lang in LANGS:
        assert problem.sentence(lang)
    return problem.params


def counted_from(first: int, scale: str, items: Iterable[str], top: int) -> dict[str, int]:
    return {item: first + place % (top - first + 1) for place, item in enumerate(items)}


# Counted from another number ------------------------------------------------------------------------------


def test_a_panss_counted_from_0_is_refused_whole_with_the_line_that_mends_it(tmp_path: Path) -> None:
    values = counted_from(0, "PANSS", PANSS, 6)
    result = checked(tmp_path, ratings=LONG + rows("PANSS", values))

    assert found(result.problems) == [("ratings.csv:2:value", "counted_from_zero")]
    params = one(result, "counted_from_zero")
    assert (params["scale"], params["offset"], params["rows"]) == ("PANSS", 1, 30)
    assert params["n"] == sum(value == 0 for value in values.values())
    # Nothing is read a point too low, and nothing is lost without a word.
    assert (result.files[-1].read, result.files[-1].kept, result.files[-1].rejected) == (30, 0, 30)


def toml(extra: str) -> str:
    return f"""
[[table]]
name = "people"
file = "people.csv"
columns = {{ person_id = "person_id" }}
unused = "all"

[[table]]
name = "ratings"
file = "ratings.csv"
columns = {{ person_id = "person_id", date = "date", scale = "scale", item = "item", value = "value" }}
unused = "all"
{extra}
"""


def mapped(place: Path, ratings: str, extra: str) -> CheckResult:
    folder(place, people=PEOPLE, ratings=ratings)
    (place / "cohort.toml").write_text(toml(extra), encoding="utf-8")
    return check(place, place / "cohort.toml", today=TODAY)


def test_a_declared_offset_shifts_items_and_totals_of_its_scale_alone(tmp_path: Path) -> None:
    values = counted_from(0, "PANSS", PANSS, 6)
    table = rows("PANSS", {**values, "total": sum(values.values())})
    table += rows("SAPS", {"voices commenting": 0})
    result = mapped(tmp_path, LONG + table, "offset = { PANSS = 1 }")

    assert found(result.problems) == []
    assert result.cohort is not None
    read = result.cohort.table("ratings").to_pandas().set_index(["scale", "item"])["value"]
    assert {item: read["PANSS", item] for item in PANSS} == {
        item: value + 1 for item, value in values.items()
    }
    assert read["PANSS", "total"] == sum(values.values()) + 30
    assert read["SAPS", "voices_commenting"] == 0


def test_an_offset_named_for_the_family_holds_for_either_form_of_the_bprs(tmp_path: Path) -> None:
    result = mapped(tmp_path, LONG + rows("BPRS", {"anxiety": 0}), "offset = { BPRS = 1 }")

    assert found(result.problems) == []
    assert result.cohort is not None
    assert result.cohort.table("ratings").to_pandas()["value"].tolist() == [1]


@pytest.mark.parametrize(
    ("extra", "code"),
    [("offset = { QQQ = 1 }", "config_no_such_scale"), ("offset = { PANSS = 'one' }", "config_wrong_kind")],
)
def test_an_offset_of_no_scale_or_no_number_is_refused(tmp_path: Path, extra: str, code: str) -> None:
    result = mapped(tmp_path, LONG, extra)

    assert [found_code for _, found_code in found(result.problems)] == [code]


def test_an_offset_outside_the_ratings_is_refused(tmp_path: Path) -> None:
    text = toml("").replace('unused = "all"', 'unused = "all"\noffset = { PANSS = 1 }', 1)
    result = checked(tmp_path, people="person_id\ncai\n", ratings=LONG, cohort__toml=text)

    assert found(result.problems) == [("cohort.toml:7:table.offset.PANSS", "config_offset_elsewhere")]


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        # 30 scores, two of them (a fifteenth) below the floor and none at the ceiling: counted from 0.
        ([0, 0, *[3] * 28], True),
        # One of 30 is less than one in twenty.
        ([0, *[3] * 29], False),
        # A 7 shows that the file counts from 1.
        ([0, 0, *[3] * 27, 7], False),
        # 29 scores are too few to tell.
        ([0, 0, *[3] * 27], False),
        ([-1, 0, 0, *[3] * 27], False),
        ([8, 0, 0, *[3] * 27], False),
    ],
)
def test_only_scores_that_keep_one_below_the_range_are_taken_for_counted_from_0(
    tmp_path: Path, values: list[int], refused: bool
) -> None:
    table = rows("PANSS", dict(zip(PANSS, values, strict=False)))
    result = checked(tmp_path, ratings=LONG + table)

    assert bool(codes(result, "counted_from_zero")) == refused
    outside = [value for value in values if not 1 <= value <= 7]
    assert len(codes(result, "rating_below", "rating_above")) == (0 if refused else len(outside))


@pytest.mark.parametrize(("zeros", "refused"), [(6, True), (5, False)])
def test_on_the_bprs_a_zero_may_be_a_gap_so_a_fifth_of_all_scores_must_be_zero(
    tmp_path: Path, zeros: int, refused: bool
) -> None:
    values = [0] * zeros + [2] * (30 - zeros)
    table = rows("BPRS-18", dict(zip(BPRS, values[:18], strict=True)))
    table += rows("BPRS-18", dict(zip(BPRS, values[18:], strict=False)), date="2020-02-01")
    result = checked(tmp_path, ratings=LONG + table)

    assert bool(codes(result, "counted_from_zero")) == refused
    assert len(codes(result, "rating_below")) == (0 if refused else zeros)


def test_a_scale_from_0_that_is_counted_from_1_is_refused(tmp_path: Path) -> None:
    items = list(scale_items().query("scale == 'SAPS' and kind == 'item'")["item"])
    table = rows("SAPS", dict(zip(items, [6, *[1] * 29], strict=True)))
    result = checked(tmp_path, ratings=LONG + table)

    assert found(result.problems) == [("ratings.csv:2:value", "counted_from_one")]
    assert one(result, "counted_from_one")["offset"] == -1
    assert found(checked(tmp_path, ratings=LONG + table.replace(",1,", ",0,", 1)).problems) == [
        ("ratings.csv:2:value", "rating_above")
    ]


def test_another_scale_of_the_same_file_is_kept(tmp_path: Path) -> None:
    table = rows("PANSS", counted_from(0, "PANSS", PANSS, 6)) + rows("CDSS", {"depression": 0, "suicide": 3})
    result = checked(tmp_path, ratings=LONG + table)

    assert (result.files[-1].kept, result.files[-1].rejected) == (2, 30)


# Stated scores --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "code"),
    [(60, None), (61, "total_disagrees"), (30, "total_from_zero"), (59, "total_disagrees")],
)
def test_a_total_is_held_against_its_items(tmp_path: Path, stated: int, code: str | None) -> None:
    table = rows("PANSS", {**dict.fromkeys(PANSS, 2), "total": stated})
    result = checked(tmp_path, ratings=LONG + table)

    assert found(result.problems) == ([] if code is None else [("ratings.csv:32:value", code)])
    assert one(result, "stated_follows") == {
        "scale": "PANSS", "item": "total", "n": int(code is None), "total": 1,
    }  # fmt: skip
    assert result.files[-1].rejected == 0


@pytest.mark.parametrize(("stated", "disagrees"), [(59, False), (58, True), (65, False), (66, True)])
def test_a_missing_item_leaves_a_total_the_room_of_its_range(
    tmp_path: Path, stated: int, disagrees: bool
) -> None:
    table = rows("PANSS", {**dict.fromkeys(PANSS[1:], 2), "total": stated})
    result = checked(tmp_path, ratings=LONG + table)

    assert bool(codes(result, "total_disagrees")) == disagrees


def test_a_total_that_adds_up_an_extra_item_is_named_as_such(tmp_path: Path) -> None:
    items = list(scale_items().query("scale == 'HAMD-17' and kind == 'item'")["item"])
    table = rows("HAMD-17", {**dict.fromkeys(items, 1), "loss_of_weight_measured": 2, "total": 19})
    result = checked(tmp_path, ratings=LONG + table)

    assert found(result.problems) == [("ratings.csv:20:value", "total_with_extras")]


@pytest.mark.parametrize(("stated", "disagrees"), [("2.33", False), ("2.34", True), ("2.3333333", False)])
def test_a_stated_mean_may_be_rounded_to_two_decimals(tmp_path: Path, stated: str, disagrees: bool) -> None:
    items = {"poverty of speech": 2, "blocking": 2, "increased latency of response": 3}
    result = checked(tmp_path, ratings=LONG + rows("SANS", {**items, "mean of three alogia items": stated}))

    assert bool(codes(result, "total_disagrees")) == disagrees


def test_the_bprs_subscore_that_lists_disorientation_is_reproduced_and_warned_of(tmp_path: Path) -> None:
    items = {"suspiciousness": 2, "hallucinations": 2, "unusual thought content": 2, "bizarre behaviour": 2,
             "disorientation": 7, "conceptual disorganization": 2}  # fmt: skip
    table = rows("BPRS-24", {**items, "positive subscore (mean)": 3})
    result = checked(tmp_path, ratings=LONG + table)

    assert found(result.problems) == [("ratings.csv", "subscore_slip")]
    assert one(result, "stated_follows")["n"] == 1


@pytest.mark.parametrize(
    ("rating", "items", "noted"),
    [
        (0, (3, 0, 0), True),
        (0, (2, 0, 0), False),
        (3, (0, 0, 0), True),
        (2, (0, 0, 0), False),
        (3, (1, 0, 0), False),
    ],
)
def test_a_global_rating_far_from_its_items_is_noted_and_kept(
    tmp_path: Path, rating: int, items: tuple[int, ...], noted: bool
) -> None:
    names = ("clothing and appearance", "social and sexual behaviour", "aggressive and agitated behaviour")
    values = {**dict(zip(names, items, strict=True)), "repetitive or stereotyped behaviour": 0}
    table = rows("SAPS", {**values, "global rating of bizarre behaviour": rating})
    result = checked(tmp_path, ratings=LONG + table)

    assert codes(result, "global_disagrees") == ([("note", "global_disagrees")] if noted else [])
    assert result.files[-1].rejected == 0


def test_a_persons_own_scores_are_hidden_where_the_sentence_is_shown_on_the_terminal(tmp_path: Path) -> None:
    table = rows("SAPS", {"derailment": 4, "global rating of positive formal thought disorder": 0})
    result = checked(tmp_path, ratings=LONG + table)
    (problem,) = [problem for problem in result.problems if problem.code == "global_disagrees"]

    assert "4" not in problem.sentence("en")
    assert "is 0 while the highest of its items is 4" in problem.sentence("en", with_values=True)


# Numbering of SANS ----------------------------------------------------------------------------------------


def sans_by_number(numbering: str, n: int, seed: int = 3) -> pd.DataFrame:
    """People x SANS numbers of a cohort that numbers its items so; globals go with their items."""
    rng = np.random.default_rng(seed)
    number_of = {item: number for number, item in numbered_items("SANS", numbering).items()}
    frame = pd.DataFrame(index=range(n))
    groups = (
        ("global_affective_flattening", ("unchanging_facial_expression", "decreased_spontaneous_movements",
         "paucity_of_expressive_gestures", "poor_eye_contact", "affective_nonresponsivity",
         "lack_of_vocal_inflections")),
        ("global_alogia", ("poverty_of_speech", "blocking", "increased_latency_of_response")),
        ("global_avolition_and_apathy", ("grooming_and_hygiene", "impersistence_at_work_or_school",
         "physical_anergia")),
        ("global_anhedonia_and_asociality", ("recreational_interests_and_activities",
         "sexual_interest_and_activity", "ability_to_feel_intimacy_and_closeness",
         "relationships_with_friends_and_peers")),
        ("global_attention", ("social_inattentiveness", "inattentiveness_during_mental_status_testing")),
    )  # fmt: skip
    for rating, members in groups:
        level = rng.integers(0, 6, n)
        frame[number_of[rating]] = level
        for member in members:
            frame[number_of[member]] = np.clip(level + rng.integers(-1, 2, n), 0, 5)
    for item in ("inappropriate_affect", "poverty_of_content_of_speech", "impersistence_at_work_or_school_b"):
        if item in number_of:
            frame[number_of[item]] = rng.integers(0, 3, n)
    return frame


def wide(frame: pd.DataFrame) -> dict[str, str]:
    """The same as a wide table of ratings with columns such as SANS_7, and its people."""
    names = [f"p{place}" for place in frame.index]
    table = frame.rename(columns=lambda number: f"SANS_{number}").assign(person_id=names, date=DAY)
    return {"people": "person_id\n" + "\n".join(names) + "\n", "ratings": table.to_csv(index=False)}


@pytest.mark.parametrize(
    ("numbering", "code"),
    [
        ("fbirn", "sans_numbering_used"),
        ("ds003944", "sans_numbering_other"),
        ("ds000030", "sans_numbering_other"),
    ],
)
def test_the_numbering_that_fits_is_named(tmp_path: Path, numbering: str, code: str) -> None:
    result = checked(tmp_path, **wide(sans_by_number(numbering, 30)))
    params = one(result, code)

    assert (params["used"], params["best"], params["n"]) == ("fbirn", numbering, 30)
    assert len(codes(result, "sans_numbering_used", "sans_numbering_other", "sans_numbering_unclear")) == 1


@pytest.mark.parametrize(("n", "code"), [(9, "sans_numbering_unclear"), (10, "sans_numbering_used")])
def test_ten_visits_are_enough_to_tell_the_numbering_and_nine_are_not(
    tmp_path: Path, n: int, code: str
) -> None:
    result = checked(tmp_path, **wide(sans_by_number("fbirn", n)))

    assert one(result, code)["n"] == n


def test_a_numbering_named_in_the_scale_is_used(tmp_path: Path) -> None:
    frame = sans_by_number("ds003944", 20)
    table = "".join(
        rows("SANS (ds003944)", dict(frame.loc[place]), person=f"p{place}") for place in frame.index
    )
    people = "person_id\n" + "".join(f"p{place}\n" for place in frame.index)
    result = checked(tmp_path, people=people, ratings=LONG + table)

    assert one(result, "sans_numbering_used")["used"] == "ds003944"
    assert result.cohort is not None
    read = result.cohort.table("ratings").to_pandas()
    flat = read[read["item"] == "global_affective_flattening"].set_index("person_id")["value"]
    assert flat.to_dict() == {f"p{place}": frame.loc[place, "7"] for place in frame.index}


def test_items_given_by_name_say_nothing_about_numbering(tmp_path: Path) -> None:
    frame = sans_by_number("ds003944", 20).rename(columns=numbered_items("SANS", "ds003944"))
    table = "".join(rows("SANS", dict(frame.loc[place]), person=f"p{place}") for place in frame.index)
    people = "person_id\n" + "".join(f"p{place}\n" for place in frame.index)
    result = checked(tmp_path, people=people, ratings=LONG + table)

    assert not codes(result, "sans_numbering_used", "sans_numbering_other", "sans_numbering_unclear")


# Reversed items -------------------------------------------------------------------------------------------


def one_factor(n: int, seed: int = 5, items: int = 10, loading: float = 0.7) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level = rng.normal(size=n)
    noise = rng.normal(size=(n, items)) * np.sqrt(1 - loading**2)
    scores = np.clip(np.round(4 + 1.5 * (loading * level[:, None] + noise)), 1, 7)
    return pd.DataFrame(scores, columns=[f"P{place}" for place in range(items)])


def test_a_reversed_item_is_found_and_no_other() -> None:
    table = one_factor(60)
    table["P3"] = 8 - table["P3"]

    found_items = reversed_items(table)

    assert list(found_items) == ["P3"]
    assert found_items["P3"].n == 60
    assert found_items["P3"].r < -0.3


def test_no_item_of_a_scale_that_hangs_together_is_called_reversed() -> None:
    for seed in range(40):
        assert reversed_items(one_factor(60, seed)) == {}


def test_items_that_have_nothing_to_do_with_each_other_are_not_called_reversed() -> None:
    for seed in range(40):
        assert reversed_items(one_factor(60, seed, loading=0.0)) == {}


@pytest.mark.parametrize(("n", "told"), [(20, True), (19, False)])
def test_twenty_people_are_enough_to_call_an_item_reversed_and_nineteen_are_not(n: int, told: bool) -> None:
    table = one_factor(n, loading=0.9)
    table["P3"] = 8 - table["P3"]

    assert ("P3" in reversed_items(table)) == told


def test_a_scale_of_four_items_is_too_short_to_tell() -> None:
    table = one_factor(60, items=4)
    table["P3"] = 8 - table["P3"]

    assert reversed_items(table) == {}


def test_a_reversed_item_in_a_file_is_warned_of_and_left_as_it_is(tmp_path: Path) -> None:
    table = one_factor(40).rename(columns=dict(zip([f"P{n}" for n in range(10)], PANSS, strict=False)))
    table["P4"] = 8 - table["P4"]
    text = "".join(
        rows("PANSS", dict(table.loc[place].astype(int)), person=f"p{place}") for place in table.index
    )
    people = "person_id\n" + "".join(f"p{place}\n" for place in table.index)
    result = checked(tmp_path, people=people, ratings=LONG + text)

    assert found(result.problems) == [("ratings.csv:value", "item_reversed")]
    assert (one(result, "item_reversed")["item"], one(result, "item_reversed")["n"]) == ("P4", 40)
    assert result.files[-1].rejected == 0


# Visits, raters, gaps -------------------------------------------------------------------------------------


def test_two_raters_on_a_day_are_counted_and_both_kept(tmp_path: Path) -> None:
    first = rows("PANSS", {"P1": 3, "P2": 4}, rater="a")
    second = rows("PANSS", {"P1": 3, "P2": 5}, rater="b")
    result = checked(tmp_path, ratings=LONG + first + second)

    assert found(result.problems) == []
    assert one(result, "two_raters") == {"scale": "PANSS", "n": 2, "n_differ": 1}
    assert result.files[-1].kept == 4


def test_one_rater_on_two_days_is_no_pair_of_raters(tmp_path: Path) -> None:
    table = rows("PANSS", {"P1": 3}, rater="a") + rows("PANSS", {"P1": 3}, date="2020-02-01", rater="b")

    assert not codes(checked(tmp_path, ratings=LONG + table), "two_raters")


def test_people_rated_on_one_day_only_are_counted(tmp_path: Path) -> None:
    table = (
        rows("PANSS", {"P1": 3})
        + rows("PANSS", {"P1": 3}, "lin")
        + rows("PANSS", {"P1": 3}, "lin", "2020-05-01")
    )
    result = checked(tmp_path, ratings=LONG + table)

    assert one(result, "one_visit_only") == {"n": 1, "total": 2}


def test_ratings_without_dates_are_not_counted_as_one_day(tmp_path: Path) -> None:
    assert not codes(checked(tmp_path, ratings=LONG + rows("PANSS", {"P1": 3}, date="")), "one_visit_only")


@pytest.mark.parametrize(
    ("values", "noted"), [([1, 1, 1, 1, 1], True), ([1, 1, 1, 1, 2], False), ([1, 1, 1, 1], False)]
)
def test_a_rating_all_of_whose_items_are_at_the_floor_is_noted(
    tmp_path: Path, values: list[int], noted: bool
) -> None:
    result = checked(tmp_path, ratings=LONG + rows("PANSS", dict(zip(PANSS, values, strict=False))))

    assert codes(result, "all_floor") == ([("note", "all_floor")] if noted else [])
    assert result.files[-1].kept == len(values)


@pytest.mark.parametrize(
    ("scales", "expected"),
    [
        (("PANSS",), set()),
        (("CGI",), {"no_symptom_scale", "no_depression_scale"}),
        (("CDSS",), {"no_symptom_scale"}),
        (("SAPS",), {"half_instrument", "no_depression_scale"}),
        (("SAPS", "SANS"), {"no_depression_scale"}),
        (("SANS", "BPRS-18"), set()),
    ],
)
def test_what_the_scales_of_a_cohort_cannot_tell_is_said(
    tmp_path: Path, scales: tuple[str, ...], expected: set[str]
) -> None:
    first = {"PANSS": "P1", "CGI": "CGI-S", "CDSS": "depression", "SAPS": "derailment", "SANS": "blocking",
             "BPRS-18": "anxiety"}  # fmt: skip
    table = "".join(rows(scale, {first[scale]: 2}) for scale in scales)
    result = checked(tmp_path, ratings=LONG + table)

    lacking = ("no_symptom_scale", "no_depression_scale", "half_instrument")
    assert {code for _, code in codes(result, *lacking)} == expected
    for problem in result.problems:
        assert all(problem.sentence(lang) for lang in LANGS)


@pytest.mark.parametrize("sentinel", ["-9999", "-9998", "9999", "-9999.0"])
def test_a_sentinel_among_the_scores_is_refused_unless_declared(tmp_path: Path, sentinel: str) -> None:
    table = LONG + rows("HAMD-17", {"loss of weight": sentinel, "insight": 1})

    assert found(checked(tmp_path, ratings=table).problems) == [
        ("ratings.csv:2:value", "sentinel_undeclared")
    ]
    declared = mapped(tmp_path, table, 'missing = ["-9999", "-9998", "9999"]')
    assert found(declared.problems) == []
    assert declared.cohort is not None
    assert declared.cohort.table("ratings").to_pandas()["value"].isna().sum() == 1


def test_every_problem_of_the_ratings_is_found_in_one_pass(tmp_path: Path) -> None:
    table = rows("PANSS", counted_from(0, "PANSS", PANSS, 6))
    table += rows("SAPS", {"derailment": 6, "tangentiality": 2.5})
    table += rows("CDSS", {"depression": 1, "cheerfulness": 1})
    table += rows("MADRS", {"apparent sadness": -9999})
    table += rows("QQQ", {"x": 1})
    result = checked(tmp_path, ratings=LONG + table)

    assert found(result.problems) == [
        ("ratings.csv:2:value", "counted_from_zero"),
        ("ratings.csv:32:value", "rating_above"),
        ("ratings.csv:33:value", "rating_fractional"),
        ("ratings.csv:35:item", "item_unknown"),
        ("ratings.csv:36:value", "sentinel_undeclared"),
        ("ratings.csv:37:scale", "scale_unknown"),
    ]
    assert result.files[-1].read == 36
    assert result.files[-1].kept + result.files[-1].rejected == 36
