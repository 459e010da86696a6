"""The sections about the brain: numbers reach sentences and marks, and small numbers do not leave a site."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pandas as pd
import pytest

from opentrs.cohort.results import Skipped, StageResult
from opentrs.reference.load import facts
from opentrs.report import withheld, withheld_mechanism
from opentrs.report.figures.brain_forest import ForestRegion, SideEffect, region_forest
from opentrs.report.figures.brain_tiles import COLUMNS, ROWS, shade
from opentrs.report.output import Run
from opentrs.report.page import render
from opentrs.report.sections.mechanism_words import number
from opentrs.report.view import PageInput
from tests.unit.report.conftest import HOSTILE, MakeRun
from tests.unit.report.made_up_mechanism import made_up_mechanism

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = {"mechanism/cortex_thickness_forest", "mechanism/tracts_fa_forest", "mechanism/named_tests"}
SCATTER = "mechanism/scatter_hallucination_severity_left_temporal"


def with_brain(run: Run, **changed: pd.DataFrame) -> Run:
    """The hand-made run with the mechanism stage beside it."""
    tables = {**made_up_mechanism(HOSTILE), **changed}
    return replace(run, results={**run.results, "mechanism": StageResult("mechanism", tables)})


def page_of(run: Run) -> PageInput:
    return PageInput(run.cohort, run.results, run.settings, run.people, run.aggregate_only)


@pytest.fixture(params=["en", "zh"])
def made(request: pytest.FixtureRequest, make_run: MakeRun) -> tuple[str, dict[str, str]]:
    return render(page_of(with_brain(make_run(lang=request.param))))


def test_every_figure_of_the_brain_is_inert_and_described(made: tuple[str, dict[str, str]]) -> None:
    drawn = {name: svg for name, svg in made[1].items() if name.startswith("mechanism/")}

    assert set(drawn) >= FIGURES
    for name, svg in drawn.items():
        root = ElementTree.fromstring(svg)
        assert root.findtext(f"{SVG}title"), name
        assert "n\u00a0=" in svg or "n = " in root.findtext(f"{SVG}desc", ""), name
        assert "<script" not in svg
    assert len(made[0].encode()) < 500_000


def test_a_hostile_reason_or_note_stays_text(made: tuple[str, dict[str, str]]) -> None:
    assert "<img" not in made[0]
    assert "<script" not in made[0]


def test_no_key_of_the_catalogue_and_no_code_stands_on_the_chinese_page(make_run: MakeRun) -> None:
    html, _ = render(page_of(with_brain(make_run(lang="zh"))))
    brain = html[html.index('id="mechanism"') : html.index('id="mechanism-review"')]
    text = re.sub(r"<[^>]+>|tables/\S+", " ", brain.replace(HOSTILE, ""))

    assert not re.findall(r"resistant|responsive|thickness|is_male|hemisphere|cannot_tell", text)
    assert "难治 − 有效" in text


def test_both_sides_of_all_68_regions_are_drawn_and_counted(make_run: MakeRun) -> None:
    _, figures = render(page_of(with_brain(make_run())))
    svg = figures["mechanism/cortex_thickness_forest"]
    table = made_up_mechanism()["cortex"]
    mine = table[(table["contrast"] == "resistant-responsive") & (table["model"] == "main")]

    assert svg.count("<circle") == 34 + 1  # right sides, and the legend
    assert "n = 60–61\u00a0+\u00a067" in svg
    assert svg.count(">*<") == int((mine["p_fwer"] < 0.05).sum()) > 0


@pytest.mark.parametrize(("regions", "is_cut"), [(12, False), (13, True)])
@pytest.mark.parametrize(("lang", "said"), [
    ("en", "Not drawn: 1, with effects from {low} to {high}. All are in tables/mechanism/perfusion.csv."),
    ("zh", "另有 1 个未画出，其效应介于 {low} 至 {high}。全部结果见 tables/mechanism/perfusion.csv。"),
])  # fmt: skip
def test_outside_the_cortex_a_forest_draws_twelve_regions_and_says_where_the_others_lie(
    make_run: MakeRun, regions: int, is_cut: bool, lang: str, said: str
) -> None:
    table = made_up_mechanism()["cortex"]
    table = table[(table["contrast"] == "resistant-responsive") & (table["model"] == "main")]
    table = table.assign(structure=table["region"].str[2:], size=table["standardised_effect"].abs())
    few = table[table["structure"].isin(table["structure"].unique()[:regions])]
    smallest = few.groupby("structure")["size"].max().idxmin()
    effects = few[few["structure"] == smallest]["standardised_effect"]
    html, figures = render(page_of(with_brain(make_run(lang=lang), perfusion=few)))
    (forest,) = (
        svg for name, svg in figures.items() if re.fullmatch(r"mechanism/perfusion_\w+_forest", name)
    )

    low, high = (f"{value:.2f}".replace("-", "−") for value in (effects.min(), effects.max()))
    assert forest.count("<circle") == 12 + 1  # right sides, and the legend
    assert (said.format(low=low, high=high) in html) == is_cut


def test_an_effect_too_small_to_show_has_no_sign() -> None:
    effect = SideEffect("left", -0.004, -0.5, 0.5, False, "")
    drawn = region_forest("a", [ForestRegion("b", [effect])], title="", description="", axis="", legend=())
    assert ">0.00<" in drawn
    assert number(-0.004) == "0.00"


def test_the_lead_counts_regions_below_005_by_family_wise_p(make_run: MakeRun) -> None:
    table = made_up_mechanism()["cortex"].assign(p_fwer=0.05)
    table.loc[table.index[:3], "p_fwer"] = 0.0499
    html, _ = render(page_of(with_brain(make_run(), cortex=table)))

    assert "3 of 68 regions differ with p FWER below 0.05" in html


def test_the_review_its_source_and_this_cohort_stand_side_by_side(make_run: MakeRun) -> None:
    html, _ = render(page_of(with_brain(make_run())))
    boxes = html[html.index('id="mechanism-review"') :]

    assert "thickness: whole cortex (resistant − controls): d = −0.41 (−0.74\u00a0to\u00a0−0.08)" in boxes
    assert "direction: as published" in boxes
    assert "direction: opposite" in boxes
    assert "It cannot tell: FA: uncinate fasciculus." in boxes
    assert "10.1016/j.biopsych.2018.04.023" in boxes


def test_a_stage_that_could_not_run_says_why(make_run: MakeRun) -> None:
    run = make_run()
    why = Skipped("mechanism", "the cohort has no people")
    html, _ = render(page_of(replace(run, results={**run.results, "mechanism": why})))

    assert "The brain was not looked at. the cohort has no people" in html


def test_a_run_without_the_stage_has_no_section_about_the_brain(make_run: MakeRun) -> None:
    assert 'id="mechanism' not in render(page_of(make_run()))[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_aggregate_page_shows_effects_and_nothing_of_single_people(make_run: MakeRun, lang: str) -> None:
    run = with_brain(make_run(lang=lang, aggregate_only=True))
    html, figures = render(page_of(replace(run, results=withheld.aggregate(run.results))))

    assert set(figures) >= FIGURES
    brain = html[html.index('id="mechanism"') :]
    assert "have ratings" not in brain
    assert "4 and 3 people" not in brain


def test_a_region_short_of_one_person_keeps_its_effect_and_loses_what_tells_the_number() -> None:
    found = withheld_mechanism.tables(made_up_mechanism(), {})["cortex"]
    short = found[(found["contrast"] == "resistant-control") & (found["withheld"] == "counts")]

    assert len(short) == 1
    assert short["estimate"].notna().all()
    assert short["ci_low"].notna().all()
    assert (
        short[["n", "n_first", "se", "t", "df", "p", "p_fwer", "q", "standardised_low"]].isna().all(axis=None)
    )


@pytest.mark.parametrize(("n", "rows"), [(9, 0), (10, 1)])
def test_a_group_of_nine_is_left_out_and_one_of_ten_is_not(n: int, rows: int) -> None:
    table = made_up_mechanism()["cortex"].iloc[[5]].assign(n_first=n)

    assert len(withheld_mechanism.tables({"cortex": table}, {})["cortex"]) == rows


@pytest.mark.parametrize(("asked", "kept"), [(70, "counts"), (71, "no"), (61, "no")])
def test_people_who_were_not_scanned_cannot_be_told_by_subtraction(asked: int, kept: str) -> None:
    table = made_up_mechanism()["cortex"].iloc[[5]]
    found = withheld_mechanism.tables({"cortex": table}, {"resistant": asked})["cortex"]

    assert found["withheld"].tolist() == [kept]


def test_patients_of_unknown_resistance_cannot_be_told_by_adding_the_groups() -> None:
    table = made_up_mechanism()["cortex"]
    main = table[table["model"] == "main"]
    three = pd.concat([main[main["contrast"] == name].iloc[[5]] for name in main["contrast"].unique()])
    few = three.assign(n_first=[61, 61, 61 + 67 + 5])
    found = withheld_mechanism.tables({"cortex": few}, {})["cortex"]

    assert found["withheld"].tolist() == ["no", "no", "counts"]


def test_the_export_for_meta_analysis_holds_only_regions_published_with_their_numbers() -> None:
    found = withheld_mechanism.tables(made_up_mechanism(), {})
    pooled = found["cortex_for_meta_analysis"]
    shown = found["cortex"].query("withheld == 'no' and model == 'main'")

    assert len(pooled) == len(shown) == 3 * 67


def test_an_interval_beyond_the_axis_ends_in_an_arrow_and_zero_is_in_the_middle() -> None:
    wide = [SideEffect("left", 0.1, -9.0, 9.0), SideEffect("right", -0.2, -0.4, 0.0, True)]
    rows = [ForestRegion("a", wide), *(ForestRegion(str(at), [wide[1]]) for at in range(20))]
    svg = region_forest("forest", rows, title="t", description="d", axis="x", legend=[("left", "left")])
    labels = re.findall(r'text-anchor="middle"[^>]*>(−?[\d.]+)<', svg)

    assert labels[0] == "−" + labels[-1]
    assert max(float(label) for label in labels if "−" not in label) < 9
    assert svg.count(">−0.20<") == svg.count(">*<") == 21


@pytest.mark.parametrize(
    ("atlas", "count", "columns"), [("desikan_killiany", 34, COLUMNS), ("destrieux", 74, 9)]
)
def test_the_map_has_a_tile_for_every_region_of_its_atlas_and_no_two_in_one_place(
    atlas: str, count: int, columns: int
) -> None:
    tiles = [row for row in facts("flat_tiles") if row["atlas"] == atlas]
    regions = {row["structure"] for row in facts("regions") if row["atlas"] == atlas}

    assert len(tiles) == count
    assert {row["structure"] for row in tiles} <= regions
    assert len({(row["view"], row["column"], row["row"]) for row in tiles}) == count
    assert len({row["short"] for row in tiles}) == count
    assert {row["column"] for row in tiles} == set(range(columns))
    assert all(0 <= row["row"] < ROWS[row["view"]] + (atlas == "destrieux") for row in tiles)


def test_a_map_of_148_regions_is_as_wide_as_one_of_68_and_holds_them_all(make_run: MakeRun) -> None:
    table = made_up_mechanism()["cortex"]
    usual = render(page_of(with_brain(make_run())))[1]["mechanism/cortex_thickness_map"]
    names = [str(row["structure"]) for row in facts("flat_tiles") if row["atlas"] == "destrieux"]
    one = table[(table["contrast"] == "resistant-responsive") & (table["model"] == "main")].iloc[:1]
    fine = pd.concat([
        one.assign(region=f"{side[0].upper()}_{name}", hemisphere=side, atlas="destrieux", lobe="")
        for name in names for side in ("left", "right")
    ])  # fmt: skip
    svg = render(page_of(with_brain(make_run(), cortex=fine)))[1]["mechanism/cortex_thickness_map"]

    widths = [float(ElementTree.fromstring(each).get("width", "0")) for each in (usual, svg)]
    assert widths[1] == pytest.approx(widths[0], rel=0.02)
    effect = f"{one['standardised_effect'].iloc[0]:+.2f}".replace("-", "−")
    assert svg.count(f">{effect}") == 148


@pytest.mark.parametrize(
    ("effect", "number"), [(0.0999, 0), (0.1, 1), (-0.1, 1), (-0.2999, 1), (0.3, 2), (0.5, 3), (-2.0, 3)]
)
def test_a_tile_is_darker_from_the_ends_of_the_shades_on(effect: float, number: int) -> None:
    assert shade(effect) == number


def test_the_map_writes_effects_with_their_sign_and_hatches_what_was_not_measured(make_run: MakeRun) -> None:
    table = made_up_mechanism()["cortex"]
    cortex = table[table["region"] != "L_insula"]
    svg = render(page_of(with_brain(make_run(), cortex=cortex)))[1]["mechanism/cortex_thickness_map"]
    mine = cortex[(cortex["contrast"] == "resistant-responsive") & (cortex["model"] == "main")]

    assert svg.count(">not measured<") == 1 + 1  # the hint of the tile, and the legend
    for effect in mine["standardised_effect"]:
        assert f"{effect:+.2f}".replace("-", "−") in svg
    assert len(re.findall(r">[+−]\d\.\d\d\*<", svg)) == int((mine["p_fwer"] < 0.05).sum()) > 0
    assert "left insula: d =" not in svg
    assert "right insula: d =" in svg


def test_an_atlas_without_a_map_has_its_forest_alone(make_run: MakeRun) -> None:
    cortex = made_up_mechanism()["cortex"].assign(atlas="aal")
    figures = render(page_of(with_brain(make_run(), cortex=cortex)))[1]

    assert "mechanism/cortex_thickness_forest" in figures
    assert "mechanism/cortex_thickness_map" not in figures


def test_an_estimate_of_a_named_test_always_lies_on_the_axis(make_run: MakeRun) -> None:
    named = made_up_mechanism()["named_tests"]
    named.loc[0, ["estimate", "ci_low", "ci_high"]] = (-2.46, -3.04, -1.87)
    svg = render(page_of(with_brain(make_run(), named_tests=named)))[1]["mechanism/named_tests"]

    assert ">−2.5<" in svg
    assert ">2.5<" in svg


def test_the_profile_of_tracts_draws_what_is_told_and_hatches_what_is_not(make_run: MakeRun) -> None:
    svg = render(page_of(with_brain(make_run())))[1]["mechanism/tracts_profile"]
    root = ElementTree.fromstring(svg)
    said = [mark.text for mark in root.iter(f"{SVG}text")]

    # The corpus callosum has an estimate and a published effect, the uncinate fasciculus neither.
    assert "d\u00a0=\u00a00.45; n\u00a0=\u00a061\u00a0+\u00a080" in said
    assert svg.count("<circle") == 1 + 2
    assert svg.count("<polygon") == 1 + 1
    assert svg.count("-hatch)") == 1 + 1


def test_every_person_of_an_association_is_a_point_on_a_page_of_people_alone(make_run: MakeRun) -> None:
    svg = render(page_of(with_brain(make_run())))[1][SCATTER]
    assert svg.count("<circle") == 44
    assert "n = 44" in svg
    assert "hallucinations, % of the maximum, adjusted" in svg

    run = with_brain(make_run(aggregate_only=True))
    shared = withheld.aggregate(run.results)
    _, figures = render(page_of(replace(run, results=shared)))
    assert SCATTER not in figures
    assert {"symptom_points", "symptom_lines"}.isdisjoint(shared["mechanism"].tables)
    # Even a table that was left in by mistake is not drawn.
    assert SCATTER not in render(page_of(run))[1]


def test_every_choice_of_spectra_is_drawn_and_says_what_it_dropped(make_run: MakeRun) -> None:
    html, figures = render(page_of(with_brain(make_run())))
    svg = figures["mechanism/spectroscopy_choices"]

    assert svg.count("<polygon") == 1 + 4
    assert "to water (i.u.), referred to tissue water" in svg
    assert "d\u00a0=\u00a00.50; n\u00a0=\u00a031\u00a0+\u00a041" in svg
    table = html[html.index("Questions of glutamate under every choice (8 rows)") :]
    assert "−0.80" in table
