"""Each way a table can be wrong: found at its place, and told from its neighbours."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from opentrs.messages import LANGS, Lang, catalogue, text
from tests.unit.sources.folders import checked, found

EXPOSURES = "person_id,drug,start_date,end_date,days_supply,dose_mg_per_day,"
EXPOSURES += "quantity,strength_mg,route,interval_days\n"
LONG = "person_id,date,scale,item,value,rater\n"


def exposure(row: str) -> str:
    """A table of one dispensing, whose blank cells may be left out at the end."""
    return EXPOSURES + row + "," * (EXPOSURES.count(",") - row.count(",")) + "\n"


@pytest.mark.parametrize(
    ("row", "place", "code"),
    [
        ("cai,olanzapine,2020-01-01,2019-12-31", "2:end_date", "end_before_start"),
        ("cai,olanzapine,1979-12-31", "2:start_date", "before_birth"),
        ("cai,olanzapine,2026-01-02", "2:start_date", "date_in_future"),
        ("cai,olanzapine,1500-01-01", "2:start_date", "date_too_early"),
        ("cai,olanzapine,2020-02-30", "2:start_date", "date_impossible"),
        ("cai,olanzapine,03/04/2020", "2:start_date", "date_ambiguous"),
        ("cai,olanzapine,13/04/2020", "2:start_date", "date_other_format"),
        ("cai,olanzapine,04/13/2020", "2:start_date", "date_other_format"),
        ("cai,olanzapine,2020年4月3日", "2:start_date", "date_other_format"),
        ("cai,olanzapine,spring", "2:start_date", "not_a_date"),
        ("cai,olanzapine,", "2:start_date", "required_empty"),
        (",olanzapine,2020-01-01", "2:person_id", "required_empty"),
        ("wei,olanzapine,2020-01-01", "2:person_id", "person_unknown"),
        ("cai,,2020-01-01", "2:drug", "drug_blank"),
        ("cai,olanzapine,2020-01-01,,,-5", "2:dose_mg_per_day", "dose_negative"),
        ("cai,olanzapine,2020-01-01,,,ten", "2:dose_mg_per_day", "not_a_number"),
        ("cai,olanzapine,2020-01-01,,,1e999", "2:dose_mg_per_day", "not_a_number"),
        ("cai,olanzapine,2020-01-01,,,200000", "2:dose_mg_per_day", "number_impossible"),
        ("cai,olanzapine,2020-01-01,,,31", "2:dose_mg_per_day", "dose_implausible"),
        ("cai,olanzapine,2020-01-01,,10,,100,10", "2:dose_mg_per_day", "dose_implausible"),
        ("cai,olanzapine,2020-01-01,,,-9999", "2:dose_mg_per_day", "sentinel_undeclared"),
        ("cai,olanzapine,2020-01-01,,365", "2:days_supply", "number_unusual"),
        ("cai,olanzapine,2020-01-01,,,10,,,mouth", "2:route", "choice_unknown"),
        ("cai,olanzapine,2020-01-01,,,10,,,orall", "2:route", "choice_unknown_near"),
        ("cai,paliperidone palmitate,2020-01-01", "2:interval_days", "depot_without_interval"),
        ("cai,olanzapine,2020-01-01,,,,1,300,lai", "2:interval_days", "depot_without_interval"),
        ("cai,olanzapin,2020-01-01", "2:drug", "drug_unknown_near"),
        ("cai,xqzzw,2020-01-01", "2:drug", "drug_unknown"),
        ("cai,perphenazine/amitriptyline,2020-01-01", "2:drug", "drug_combination"),
    ],
)
def test_a_wrong_cell_of_a_dispensing_is_found_at_its_place(
    tmp_path: Path, row: str, place: str, code: str
) -> None:
    result = checked(tmp_path, drug_exposures=exposure(row))

    assert found(result.problems) == [(f"drug_exposures.csv:{place}", code)]


@pytest.mark.parametrize(
    "row",
    [
        "cai,olanzapine,1980-01-01",
        "cai,olanzapine,2026-01-01",
        "cai,olanzapine,2020-01-01,2020-01-01",
        "cai,olanzapine,2020-01-01,,,30",
        "cai,olanzapine,2020-01-01,,364",
        "cai,olanzapine,2020-01-01T08:30:00,,,0",
        "cai,paliperidone palmitate,2020-01-01,,,,1,100,lai,28",
        "cai,lithium,2020-01-01,,,900",
    ],
)
def test_values_on_the_boundary_are_sound(tmp_path: Path, row: str) -> None:
    result = checked(tmp_path, drug_exposures=exposure(row))

    assert found(result.problems) == []
    assert result.files[1].kept == 1


@pytest.mark.parametrize(
    ("people", "place", "code"),
    [
        ("person_id\ncai\ncai\n", "3:person_id", "person_twice"),
        ("person_id,age_years\ncai,121\n", "2:age_years", "number_impossible"),
        ("person_id,birth_date,death_date\ncai,1980-01-01,1979-01-01\n", "2:death_date", "before_birth"),
        ("person_id,observation_start,observation_end\ncai,2010-01-02,2010-01-01\n", "2:observation_end",
         "end_before_start"),
        ("person_id,birth_date,age_years\ncai,2000-01-01,40\n", "2:age_years", "age_disagrees"),
        ("person_id,age_years,onset_age_years\ncai,30,31\n", "2:onset_age_years", "onset_after_age"),
        ("person_id,sex\ncai,X\n", "2:sex", "choice_unknown"),
        ("patient_id,sex\ncai,F\n", "1:person_id", "column_missing_near"),
        ("sex\nF\n", "1:person_id", "column_missing"),
        ("person_id,sex,sex\ncai,F,M\n", "1:sex", "column_twice"),
        ("person_id,birth_dat\ncai,1980-01-01\n", "1:birth_dat", "column_unknown_near"),
        ("person_id,age_years\ncai,999\n", "2:age_years", "sentinel_undeclared"),
        ("", "", "file_empty"),
    ],
)  # fmt: skip
def test_a_wrong_table_of_people_is_found(tmp_path: Path, people: str, place: str, code: str) -> None:
    result = checked(tmp_path, people=people)

    assert (f"people.csv:{place}".rstrip(":"), code) in found(result.problems)


@pytest.mark.parametrize(
    ("rows", "place", "code"),
    [
        ("cai,2020-01-01,PANSS,P1,0,\n", "2:value", "rating_below"),
        ("cai,2020-01-01,PANSS,P1,8,\n", "2:value", "rating_above"),
        ("cai,2020-01-01,PANSS,P1,3.5,\n", "2:value", "rating_fractional"),
        ("cai,2020-01-01,SAPS,auditory hallucinations,6,\n", "2:value", "rating_above"),
        ("cai,2020-01-01,PANSS,P8,3,\n", "2:item", "item_unknown"),
        ("cai,2020-01-01,SAPS,auditory halucination,3,\n", "2:item", "item_unknown_near"),
        ("cai,2020-01-01,QQQ,P1,3,\n", "2:scale", "scale_unknown"),
        ("cai,2020-01-01,PANSS,P1,3,a\ncai,2020-01-01,PANSS,P1,4,a\n", "3:value", "rated_twice"),
        ("cai,2020-01-01,PANSS,P1,3,\ncai,2020-01-01,panss,delusions,4,\n", "3:value", "rated_twice"),
        ("cai,2020-01-01,PANSS,P1,3,\ncai,,PANSS,P1,4,\n", "3:date", "date_blank"),
        ("cai,2020-01-01,PANSS,P1,999,\n", "2:value", "sentinel_undeclared"),
        ("cai,2020-01-01,,P1,3,\n", "2:scale", "required_empty"),
    ],
)
def test_a_wrong_rating_is_found(tmp_path: Path, rows: str, place: str, code: str) -> None:
    result = checked(tmp_path, ratings=LONG + rows)

    assert found(result.problems) == [(f"ratings.csv:{place}", code)]


def test_a_decimal_comma_is_refused_with_what_to_do(tmp_path: Path) -> None:
    table = "person_id;drug;start_date;dose_mg_per_day\ncai;olanzapine;2020-01-01;12,5\n"

    result = checked(tmp_path, drug_exposures=table)

    assert found(result.problems) == [("drug_exposures.csv:2:dose_mg_per_day", "number_with_comma")]


def test_the_same_item_by_two_raters_is_no_contradiction(tmp_path: Path) -> None:
    rows = "cai,2020-01-01,PANSS,P1,3,a\ncai,2020-01-01,PANSS,P1,4,b\n"

    assert found(checked(tmp_path, ratings=LONG + rows).problems) == []


def test_a_total_that_is_not_the_sum_of_its_items_is_named(tmp_path: Path) -> None:
    items = "".join(f"cai,2020-01-01,PANSS,P{number},3,\n" for number in range(1, 8))
    result = checked(tmp_path, ratings=LONG + items + "cai,2020-01-01,PANSS,positive_total,20,\n")

    assert found(result.problems) == [("ratings.csv:9:value", "total_disagrees")]


def test_a_total_that_is_the_sum_passes(tmp_path: Path) -> None:
    items = "".join(f"cai,2020-01-01,PANSS,P{number},3,\n" for number in range(1, 8))
    result = checked(tmp_path, ratings=LONG + items + "cai,2020-01-01,PANSS,positive_total,21,\n")

    assert found(result.problems) == []


def test_a_function_score_outside_its_scale_is_found(tmp_path: Path) -> None:
    result = checked(tmp_path, function="person_id,date,scale,value\ncai,2020-01-01,GAF,101\n")

    assert found(result.problems) == [("function.csv:2:value", "function_impossible")]


def test_a_rating_table_without_dates_is_one_visit(tmp_path: Path) -> None:
    result = checked(tmp_path, ratings="person_id,PANSS_P1,PANSS_P2\ncai,3,\nlin,,\n")

    assert found(result.problems, "note") == [
        ("ratings.csv", "rows_without_record"),
        ("ratings.csv", "table_undated"),
    ]
    assert result.cohort is not None
    ratings = result.cohort.table("ratings").to_pandas()
    assert ratings[["person_id", "item"]].to_numpy().tolist() == [["cai", "P1"], ["cai", "P2"]]
    assert ratings["date"].isna().all()


def test_a_repeated_dispensing_would_double_a_dose_and_is_refused(tmp_path: Path) -> None:
    row = "cai,olanzapine,2020-01-01,,,10,,,,\n"
    result = checked(tmp_path, drug_exposures=EXPOSURES + row + row)

    assert found(result.problems) == [("drug_exposures.csv:3", "row_repeated")]


def test_a_row_of_a_person_who_was_refused_says_so(tmp_path: Path) -> None:
    result = checked(
        tmp_path, people="person_id,sex\ncai,X\n", drug_exposures=exposure("cai,olanzapine,2020-01-01")
    )

    assert ("drug_exposures.csv:2:person_id", "person_refused") in found(result.problems)


def test_several_things_wrong_in_one_row_are_all_told_and_the_row_counts_once(tmp_path: Path) -> None:
    result = checked(tmp_path, drug_exposures=exposure("wei,olanzapine,2020-01-01,2019-01-01,,-1,,,nose"))

    assert sorted(code for _, code in found(result.problems)) == [
        "choice_unknown", "dose_negative", "end_before_start", "person_unknown",
    ]  # fmt: skip
    assert (result.files[1].read, result.files[1].kept, result.files[1].rejected) == (1, 0, 1)


def test_ids_that_look_like_formulas_or_markup_are_kept_verbatim(tmp_path: Path) -> None:
    result = checked(tmp_path, people="person_id,sex\n=1+1,F\n<script>,M\n '; --,F\n")

    assert result.cohort is not None
    assert result.cohort.people.person_id.to_pandas().tolist() == ["=1+1", "<script>", " '; --"]


def test_lithium_and_spellings_are_noted_with_how_they_were_read(tmp_path: Path) -> None:
    rows = (
        "cai,Zyprexa,2020-01-01\ncai,N05AH03,2020-02-01\ncai,lithium,2020-01-01\ncai,sertraline,2020-01-01\n"
    )
    result = checked(tmp_path, drug_exposures="person_id,drug,start_date\n" + rows)

    assert found(result.problems, "note") == [
        ("drug_exposures.csv:drug", "drug_lithium"),
        ("drug_exposures.csv:drug", "drug_no_antipsychotic"),
        ("drug_exposures.csv:drug", "drug_spellings"),
    ]


def test_a_sentence_says_what_is_wrong_and_how_to_mend_it_in_both_languages(tmp_path: Path) -> None:
    (problem,) = checked(tmp_path, drug_exposures=exposure("cai,olanzapine,2020-01-01,,,200")).problems

    assert problem.place == "drug_exposures.csv:2:dose_mg_per_day"
    assert problem.sentence("en", with_values=True) == (
        "A dose of 200 mg/day of olanzapine is implausible: above 30 mg/day. It was kept; check it."
    )
    assert problem.sentence("zh", with_values=True) == (
        "olanzapine 200 mg/日的剂量不合常理：高于 30 mg/日。该值已保留，请核对。"
    )
    assert "200" not in problem.sentence("en")


def test_a_million_bad_rows_are_counted_but_not_all_stored(tmp_path: Path) -> None:
    rows = "".join(f"cai,olanzapine,2020-01-01,,,-{number}.5,,,,\n" for number in range(1, 2502))
    result = checked(tmp_path, drug_exposures=EXPOSURES + rows)

    assert len(result.problems) == 1001
    more = result.problems[-1]
    assert more.code == "more_of_the_same"
    assert (more.params["total"], more.params["stored"]) == (2501, 1000)
    assert result.files[1].rejected == 2501


@pytest.mark.parametrize("lang", LANGS)
def test_every_problem_of_the_reader_has_a_sentence(repository: Path, lang: Lang) -> None:
    sources = (repository / "src" / "opentrs" / "sources").glob("*.py")
    named = {
        code
        for path in sources
        for code in re.findall(
            r'"((?:[a-z]+_)+[a-z]+)", "(?:error|warning|note)"', path.read_text(encoding="utf-8")
        )
    }
    assert len(named) > 10
    for code in named:
        assert text(f"problem.{code}", lang, **dict.fromkeys(_placeholders(code), "x"))


def _placeholders(code: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(catalogue("en")[f"problem.{code}"]) if name}
