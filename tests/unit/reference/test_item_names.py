"""Scales and items as sites write them: a name wins over a number, and a number keeps to its numbering."""

from __future__ import annotations

import json

import pytest

from opentrs.reference import ResolvedItem, resolve_items, resolve_scale, scale_items


def _one(scale: str, item: str) -> ResolvedItem | None:
    return resolve_items([(scale, item)])[scale, item]


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("P1", "P1"), ("p1", "P1"), ("P01", "P1"), ("PANSS_P1", "P1"), ("panss_g16", "G16"), ("N7", "N7"),
        ("p3. hallucinatory behavior", "P3"), ("Delusions", "P1"), ("Conceptual disorganisation", "P2"),
        ("Suspiciousness / persecution", "P6"), ("幻觉行为", "P3"), ("情感迟钝", "N1"), ("3", "P3"),
        ("30", "G16"),
        ("total", "total"), ("PANSS_total", "total"), ("PANSS", "total"), ("", "total"), ("总分", "total"),
        ("positive", "positive_total"), ("panss_neg", "negative_total"), ("阳性量表分", "positive_total"),
    ],
)  # fmt: skip
def test_panss_items_are_read_by_code_name_or_number(item: str, expected: str):
    answer = _one("PANSS", item)

    assert answer is not None
    assert (answer.scale, answer.item) == ("PANSS", expected)


@pytest.mark.parametrize("item", ["P8", "N8", "G17", "P0", "31", "0", "cheerfulness"])
def test_an_item_panss_does_not_have_is_not_read(item: str):
    assert _one("PANSS", item) is None


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("PANSS", "PANSS"), ("panss-30", "PANSS"), ("阳性和阴性症状量表", "PANSS"), ("BPRS", "BPRS"),
        ("BPRS-18", "BPRS-18"), ("BPRS 24", "BPRS-24"), ("UCLA BPRS", "BPRS-24"), ("BPRS-E", "BPRS-24"),
        ("简明精神病评定量表", "BPRS"), ("SAPS", "SAPS"), ("阴性症状量表", "SANS"), ("CGI-S", "CGI"),
        ("Calgary", "CDSS"), ("HAM-D", "HAMD-17"), ("HDRS17", "HAMD-17"), ("MADRS", "MADRS"),
        ("SOFAS", "SOFAS"), ("GAF", "GAF"), ("PSP", "PSP"), ("YMRS", None), ("Hamilton Anxiety", None),
        ("", None),
    ],
)  # fmt: skip
def test_scales_are_read_by_their_usual_names(text: str, scale: str | None):
    assert resolve_scale(text) == scale


def test_every_item_of_every_scale_is_read_by_its_id_and_by_its_name():
    for row in scale_items().itertuples():
        for written in (row.item, row.name):
            answer = _one(row.scale, written)

            assert answer == ResolvedItem(row.scale, row.item, row.kind), (row.scale, written)


def test_a_number_20_leaves_the_bprs_at_18_items_and_a_number_21_makes_it_24():
    up_to_20 = resolve_items([("BPRS", str(number)) for number in range(1, 21)])
    up_to_21 = resolve_items([("BPRS", str(number)) for number in range(1, 22)])

    assert up_to_20["BPRS", "12"] == ResolvedItem("BPRS-18", "hallucinatory_behaviour", "item")
    assert up_to_20["BPRS", "20"] == ResolvedItem("BPRS-18", "motor_hyperactivity", "extra")
    assert up_to_21["BPRS", "10"] == ResolvedItem("BPRS-24", "hallucinatory_behaviour", "item")
    assert up_to_21["BPRS", "12"] == ResolvedItem("BPRS-24", "bizarre_behaviour", "item")


def test_an_item_only_the_longer_bprs_has_makes_it_24():
    answers = resolve_items([("BPRS", "Hallucinations"), ("BPRS", "Suicidality"), ("BPRS", "total")])

    assert {answer.scale for answer in answers.values() if answer} == {"BPRS-24"}


def test_a_form_the_scale_text_names_is_kept_beside_the_other_form():
    answers = resolve_items([("BPRS-18", "10"), ("BPRS-24", "10"), ("BPRS-24", "24")])

    assert answers["BPRS-18", "10"] == ResolvedItem("BPRS-18", "hostility", "item")
    assert answers["BPRS-24", "10"] == ResolvedItem("BPRS-24", "hallucinatory_behaviour", "item")


@pytest.mark.parametrize(
    ("scale", "number", "item"),
    [
        ("SANS", "6", "inappropriate_affect"), ("SANS", "8", "global_affective_flattening"),
        ("SANS (FBIRN)", "8", "global_affective_flattening"),
        ("SANS (ds003944)", "7", "global_affective_flattening"),
        ("SANS (ds003944)", "8", "inappropriate_affect"),
        ("SANS (ds000030)", "7", "global_affective_flattening"),
        ("SANS (ds000030)", "24", "global_attention"), ("SANS", "25", "global_attention"),
        ("SANS (ds000030)", "14", "impersistence_at_work_or_school_b"),
        ("SAPS", "7", "global_hallucinations"),
        ("SAPS", "34", "global_positive_formal_thought_disorder"),
    ],
)  # fmt: skip
def test_a_number_is_read_in_the_numbering_the_scale_text_names(scale: str, number: str, item: str):
    answer = _one(scale, number)

    assert answer is not None
    assert answer.item == item


def test_a_name_wins_over_the_number_printed_before_it():
    answer = _one("SANS", "14. Physical anergia")

    assert answer == ResolvedItem("SANS", "physical_anergia", "item")


def test_a_number_before_an_unknown_name_is_not_trusted():
    assert _one("SANS", "14. Cheerfulness") is None


@pytest.mark.parametrize(
    ("scale", "item", "expected"),
    [
        ("CGI", "severity", "CGI-S"), ("CGI-S", "total", "CGI-S"), ("CGI-S", "", "CGI-S"),
        ("CGI", "CGI_S", "CGI-S"),
        ("CGI", "improvement", "CGI-I"), ("CGI-I", "score", "CGI-I"), ("CGI-S", "S", "CGI-S"),
    ],
)  # fmt: skip
def test_severity_and_improvement_of_the_global_impression_are_kept_apart(
    scale: str, item: str, expected: str
):
    assert _one(scale, item) == ResolvedItem("CGI", expected, "global")


def test_a_global_impression_that_says_neither_is_not_read():
    assert _one("CGI", "total") is None


def test_the_total_of_a_longer_hamilton_scale_is_not_taken_for_that_of_17_items():
    assert _one("HAMD", "hamd_17") == ResolvedItem("HAMD-17", "total", "total")
    assert _one("HAMD", "hamd_28") is None
    assert _one("HAMD-21", "total") is None


def test_a_column_named_by_the_length_of_its_scale_is_the_total_where_no_numbered_item_stands_beside_it():
    beside = resolve_items([("HAMD", str(number)) for number in range(1, 18)])
    alone = resolve_items([("hamd", "17"), ("hamd", "21"), ("hamd", "28"), ("hamilton", "16")])

    assert beside["HAMD", "17"] == ResolvedItem("HAMD-17", "insight", "item")
    assert alone["hamd", "17"] == ResolvedItem("HAMD-17", "total", "total")
    assert alone["hamd", "21"] is None
    assert _one("BPRS", "18") == ResolvedItem("BPRS-18", "total", "total")
    assert _one("BPRS", "24") == ResolvedItem("BPRS-24", "total", "total")
    assert _one("BPRS", "17") == ResolvedItem("BPRS-18", "excitement", "item")
    assert _one("BPRS-24", "18") == ResolvedItem("BPRS-24", "motor_retardation", "item")


@pytest.mark.parametrize(
    ("scale", "item", "expected"),
    [
        ("PSYRATS", "AH8", "AH8"), ("psyrats", "psyrats_d3", "D3"), ("PSYRATS", "conviction", "D3"),
        ("PSYRATS", "voices amount of distress", "AH8"), ("PSYRATS", "AH total", "hallucinations_total"),
        ("PSYRATS", "total", "total"), ("AHRS", "4", "number_of_voices"), ("AHRS", "loudness", "loudness"),
        ("CGI-SCH", "positive", "positive"), ("CGI-SCH", "Overall severity", "overall"),
        ("精神分裂症临床总体印象", "阴性症状", "negative"),
    ],
)  # fmt: skip
def test_items_of_the_voices_delusions_and_global_scales_are_read(scale: str, item: str, expected: str):
    answer = _one(scale, item)

    assert answer is not None
    assert answer.item == expected


def test_distress_of_unsaid_cause_and_a_global_total_are_not_read():
    assert _one("PSYRATS", "amount of distress") is None
    assert _one("CGI-SCH", "total") is None


def test_every_pair_is_answered_and_an_unknown_scale_is_none():
    pairs = [("PANSS", "P1"), ("YMRS", "1"), ("", "")]

    assert list(resolve_items(pairs)) == pairs
    assert resolve_items(pairs)["YMRS", "1"] is None


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("cohort", "scale"), [("ds000030", "saps"), ("ds000030", "sans"), ("ds000030", "bprs")]
)
def test_columns_and_sidecar_names_of_the_public_cohort_agree(real_data_dir, cohort: str, scale: str):
    sidecar = json.loads((real_data_dir / cohort / f"{scale}.json").read_text(encoding="utf-8"))
    named = {
        column: entry["Description"]
        for column, entry in sidecar.items()
        if column.startswith(scale) and column[len(scale) :].isdigit()
    }
    by_name = resolve_items((scale, name) for name in named.values())
    by_number = resolve_items((f"{scale} ({cohort})", column) for column in named)

    assert len(named) == {"saps": 35, "sans": 24, "bprs": 24}[scale]
    for column, name in named.items():
        assert by_name[scale, name] is not None, name
        assert by_name[scale, name] == by_number[f"{scale} ({cohort})", column], name


@pytest.mark.real_data
@pytest.mark.parametrize(("scale", "count"), [("saps", 34), ("sans", 25), ("bprs", 19)])
def test_columns_and_sidecar_names_of_the_second_public_cohort_agree(real_data_dir, scale: str, count: int):
    sidecar = json.loads((real_data_dir / "ds003944" / f"{scale}.json").read_text(encoding="utf-8"))
    texts = {
        column: entry["Description"].split(" - ", 1)[1].split(" (")[0].split(" ", 1)[1]
        for column, entry in sidecar.items()
        if column.casefold().startswith(f"{scale}_q")
    }
    by_name = resolve_items((scale, name) for name in texts.values())
    by_number = resolve_items((f"{scale} (ds003944)", column) for column in texts)

    assert len(texts) == count
    for column, name in texts.items():
        assert by_name[scale, name] is not None, name
        assert by_name[scale, name] == by_number[f"{scale} (ds003944)", column], name
