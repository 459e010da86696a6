"""Simulated scans: what is planted can be found again, and nothing that was there before changes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from opentrs.reference.load import facts
from opentrs.reference.region_names import resolve_regions
from opentrs.sources.synthetic import CLINICAL, Parameters, Simulated, parameters_with, published, simulate
from opentrs.sources.synthetic.brain import TABLES, BrainSessions, contrast_scores, doses_on_day
from opentrs.sources.synthetic.brain_scans import ICV_COLUMN, norms, site_leanings
from opentrs.sources.synthetic.kinds import BRAIN, KINDS, layers_with
from opentrs.sources.synthetic.layers import Block

SEED = 9
PEOPLE = 4000
WITHOUT_VISITS = (*CLINICAL[:3], BrainSessions())
STANDARD_ERRORS = 4.5
Array = npt.NDArray[np.float64]


def made(kinds: tuple[str, ...], people: int = PEOPLE, controls: float = 0.4, **values: float) -> Simulated:
    planted = parameters_with(TABLES, controls).with_values(**values)
    layers = (*WITHOUT_VISITS, *(BRAIN[kind] for kind in kinds))
    return simulate(people, SEED, layers=layers, parameters=planted)


@pytest.fixture(scope="module")
def scanned() -> Simulated:
    """All six kinds, sites that only shift, so that spread within a group is the planted one."""
    return made(TABLES, **{f"{table}_site_log_scale_sd": 0.0 for table in TABLES})


def wide(simulated: Simulated, table: str) -> pd.DataFrame:
    """One row per person; of spectroscopy one column per voxel and metabolite."""
    rows = simulated.tables[table].astype({"person_id": str})
    if table != "spectroscopy":
        return rows.set_index("person_id")
    named = rows.assign(column=rows["region"].astype(str) + ": " + rows["metabolite"].astype(str))
    values = named.pivot(index="person_id", columns="column", values="value")
    return values[list(norms(table).columns)]


def people_of(simulated: Simulated, index: pd.Index) -> pd.DataFrame:
    latent = simulated.latent.astype({"person_id": str}).set_index("person_id").loc[index]
    truth = simulated.truth.astype({"person_id": str}).set_index("person_id").loc[index]
    return pd.concat([latent, truth], axis=1)


def standardised(simulated: Simulated, table: str, rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Values in planted standard deviations, head size and the site's shift taken out."""
    norm = norms(table)
    head = (people["icv_mm3"].to_numpy()[:, None] / 1.5e6) ** norm.icv_power
    z = (rows[list(norm.columns)].to_numpy() / head - norm.mean) / norm.sd
    shift, _ = site_leanings(simulated.parameters, table)
    return pd.DataFrame(
        z - shift[people["site"].to_numpy(dtype=int)], index=rows.index, columns=list(norm.columns)
    )


def regressed(y: npt.ArrayLike, design: Mapping[str, npt.ArrayLike]) -> dict[str, tuple[float, float]]:
    """Slope and standard error of each column of a design, by least squares where all is known."""
    values = np.asarray(y, dtype=float)
    matrix = np.column_stack([np.ones(values.size), *(np.asarray(x, dtype=float) for x in design.values())])
    known = np.isfinite(values)
    values, matrix = values[known], matrix[known]
    inverse = np.linalg.inv(matrix.T @ matrix)
    slopes = inverse @ matrix.T @ values
    left = values - matrix @ slopes
    errors = np.sqrt(np.diag(inverse) * (left @ left) / (values.size - slopes.size))
    return {name: (slopes[at], errors[at]) for at, name in enumerate(design, start=1)}


def design_of(simulated: Simulated, table: str) -> tuple[pd.DataFrame, dict[str, Array]]:
    """Standardised columns, and the covariates and contrasts they were made with."""
    rows = wide(simulated, table)
    people = people_of(simulated, rows.index)
    z = standardised(simulated, table, rows, people)
    dates = simulated.tables[table].astype({"person_id": str}).drop_duplicates("person_id")
    day = pd.to_datetime(dates.set_index("person_id")["date"].astype(str)).loc[rows.index]
    born = people["birth_day"].to_numpy()
    age = ((day - pd.Timestamp("1970-01-01")).dt.days.to_numpy() - born) / 365.25
    in_scope = (people["in_spectrum"] == "yes").to_numpy() & ~people["is_control"].to_numpy(dtype=bool)
    resistant = (people["true_resistant"] == "yes").to_numpy()
    responds = (people["true_clozapine_response"] == "yes").to_numpy()
    planted = simulated.parameters
    severity = people["panss_P3"].to_numpy()
    negative = people[["panss_N1", "panss_N2", "panss_N3", "panss_N4", "panss_N6"]].mean(axis=1).to_numpy()
    return z, {
        "age": (age - 35) / 10,
        "male": people["is_male"].to_numpy(dtype=float) - 0.5,
        "patient": in_scope * 1.0,
        "resistant": in_scope * (resistant - planted["resistant_share"]),
        "clozapine_response": resistant * (responds - planted["clozapine_response_share"]),
        "hallucination": _z(severity, in_scope),
        "negative": _z(negative, in_scope),
    }


def _z(score: Array, among: npt.NDArray[np.bool_]) -> Array:
    return np.where(among, (score - score[among].mean()) / score[among].std(), 0.0)


def planted_effect(table: str, column: str, contrast: str) -> float:
    rows = {(row["column"], row["contrast"]): row["effect"] for row in facts("simulator_brain_effects")
            if row["table"] == table}  # fmt: skip
    return float(rows.get((column, contrast), rows.get(("*", contrast), 0.0)))


# --- the planted effects come back ---------------------------------------------------------------------


@pytest.mark.parametrize("table", TABLES)
def test_every_planted_effect_of_every_column_is_found_within_sampling_error(
    scanned: Simulated, table: str
) -> None:
    z, design = design_of(scanned, table)
    norm = norms(table)
    for at, column in enumerate(norm.columns):
        found = regressed(z[column], design)
        wanted = {contrast: planted_effect(table, column, contrast) for contrast in list(design)[2:]}
        wanted |= {"age": norm.age[at], "male": norm.male[at]}
        for name, size in wanted.items():
            slope, error = found[name]
            # Severity is standardised in blocks of 500 by the simulator, over everybody here.
            assert abs(slope - size) < STANDARD_ERRORS * error + 0.02, (column, name)


def test_the_difference_of_patients_and_controls_over_the_cortex_is_the_enigma_map(
    scanned: Simulated,
) -> None:
    z, design = design_of(scanned, "cortex")
    patients, controls = design["patient"] == 1, design["patient"] == 0
    gap = z[patients].mean() - z[controls].mean()
    age = design["age"]
    gap = gap + 0.28 * (age[patients].mean() - age[controls].mean())
    enigma = np.array([planted_effect("cortex", column, "patient") for column in z.columns])
    assert np.corrcoef(gap, enigma)[0, 1] > 0.85
    assert abs(gap.mean() - enigma.mean()) < 0.08
    assert z.columns[enigma.argmin()] == "rh_fusiform_thickness"


def test_resistant_people_have_more_glutamate_by_the_published_size(scanned: Simulated) -> None:
    rows = wide(scanned, "spectroscopy")
    people = people_of(scanned, rows.index)
    _, design = design_of(scanned, "spectroscopy")
    slope, error = regressed(
        rows["dACC: Glu"] / 0.23,
        {**{f"site {site}": people["site"] == site for site in (1, 2, 3)}, **design},
    )["resistant"]
    assert slope - STANDARD_ERRORS * error < 0.76 < slope + STANDARD_ERRORS * error
    assert slope > 5 * error


def test_spread_within_a_group_is_one_so_that_sizes_are_cohens_d(scanned: Simulated) -> None:
    z, design = design_of(scanned, "cortex")
    names = list(design)
    matrix = np.column_stack([np.ones(len(z)), *(design[name] for name in names)])
    for column in ("rh_fusiform_thickness", "lh_pericalcarine_thickness", "lh_middletemporal_thickness"):
        known = z[column].notna().to_numpy()
        without_symptoms = matrix[known][:, :-2]
        slopes, *_ = np.linalg.lstsq(without_symptoms, z[column][known], rcond=None)
        assert abs((z[column][known] - without_symptoms @ slopes).std() - 1) < 0.05


@pytest.mark.parametrize("slope", [0.0, -0.5])
def test_thinning_with_duration_is_none_unless_asked_for(slope: float) -> None:
    planted = {"cortex.*.duration": slope, "cortex_site_shift_sd": 0.0}
    simulated = made(("cortex",), 3000, 0.03, **planted)
    rows = wide(simulated, "cortex")
    people = people_of(simulated, rows.index)
    z, design = design_of(simulated, "cortex")
    years = rows["age_years"] - people["onset_age_years"]
    found, error = regressed(z.mean(axis=1), {**design, "duration": design["patient"] * years / 10})[
        "duration"
    ]
    assert abs(found - slope) < STANDARD_ERRORS * error
    assert error < 0.11


# --- heads, sites, sessions ----------------------------------------------------------------------------


def test_volumes_grow_with_the_head_and_ventricles_most(scanned: Simulated) -> None:
    rows = wide(scanned, "subcortex")
    people = people_of(scanned, rows.index)
    log_icv = np.log(people["icv_mm3"].to_numpy())
    power = dict(zip(norms("subcortex").columns, norms("subcortex").icv_power, strict=True))
    for column in ("Left-Hippocampus", "Right-Lateral-Ventricle"):
        slope, error = regressed(np.log(rows[column]), {"icv": log_icv})["icv"]
        assert abs(slope - power[column]) < STANDARD_ERRORS * error + 0.06
    assert np.corrcoef(rows[ICV_COLUMN], people["icv_mm3"])[0, 1] > 0.98
    by_sex = people.groupby("is_male")["icv_mm3"].mean()
    assert abs(by_sex[True] - 1.60e6) < 2e4
    assert abs(by_sex[False] - 1.41e6) < 2e4


def test_sites_shift_and_stretch_regions_as_planted_and_alike_for_every_seed() -> None:
    simulated = made(("cortex",))
    rows = wide(simulated, "cortex")
    people = people_of(simulated, rows.index)
    shift, scale = site_leanings(simulated.parameters, "cortex")
    z, design = design_of(simulated, "cortex")
    column = z.columns[int(np.abs(np.log(scale[0] / scale[1])).argmax())]
    at = list(z.columns).index(column)
    site = people["site"].to_numpy()
    names = list(design)
    matrix = np.column_stack([np.ones(len(z)), *(design[name] for name in names)])
    known = z[column].notna().to_numpy()
    slopes, *_ = np.linalg.lstsq(matrix[known], z[column][known], rcond=None)
    left = pd.Series(z[column][known] - matrix[known] @ slopes)
    spread = left.groupby(site[known]).std()
    assert abs(spread[0] / spread[1] / (scale[0, at] / scale[1, at]) - 1) < 0.1
    assert abs(shift.std() - simulated.parameters["cortex_site_shift_sd"]) < 0.1
    again, _ = site_leanings(parameters_with(TABLES), "cortex")
    np.testing.assert_array_equal(shift, again)


def test_a_second_session_is_made_only_where_asked_and_repeats_the_first() -> None:
    once = made(("cortex",), 500)
    assert not once.tables["cortex"]["person_id"].duplicated().any()
    twice = made(("cortex",), 500, brain_repeat_share=1.0, cortex_site_shift_sd=0.0, brain_repeat_days=30)
    rows = twice.tables["cortex"].astype({"person_id": str})
    column = "lh_cuneus_thickness"
    by_scan = rows.groupby("person_id")[column].agg(["first", "last", "size"])
    both = by_scan[by_scan["size"] == 2]
    assert len(both) > 350
    assert abs(np.corrcoef(both["first"], both["last"])[0, 1] - 0.9) < 0.04
    first = rows.drop_duplicates("person_id").reset_index(drop=True)
    assert set(first["date"].astype(str)) >= set(once.tables["cortex"]["date"].astype(str).head(20))


def test_doses_on_a_day_are_those_of_the_courses_that_cover_it() -> None:
    drugs = published().drugs
    courses = pd.DataFrame({
        "person": [0, 0, 1], "start": [10.0, 20.0, 10.0], "end": [20.0, 30.0, 15.0],
        "drug": [0, 1, 0], "is_depot": [False, False, False],
        "dose": [drugs[0].adequate_mg_per_day, 2 * drugs[1].adequate_mg_per_day, 1.0],
    })  # fmt: skip
    block = Block(0, published(), hidden={"courses": courses}, size=2)
    found = doses_on_day(block, np.array([0, 0, 0, 1, 1]), np.array([10.0, 20.0, 30.5, 15.0, 16.0]))
    np.testing.assert_allclose(found, [1, 3, 0, 1 / drugs[0].adequate_mg_per_day, 0])


def test_symptoms_of_nobody_are_no_severity() -> None:
    """A block of controls alone has no patients to standardise by."""
    simulated = made(("cortex",), 60, 1.0)
    assert len(simulated.tables["cortex"]) > 40
    assert np.isfinite(simulated.tables["cortex"]["lh_cuneus_thickness"]).mean() > 0.9


# --- spectra -------------------------------------------------------------------------------------------


def test_bounds_are_wider_where_there_is_less_and_tissue_adds_up_to_one(scanned: Simulated) -> None:
    rows = scanned.tables["spectroscopy"]
    fractions = rows[["gm_fraction", "wm_fraction", "csf_fraction"]]
    np.testing.assert_allclose(fractions.sum(axis=1), 1, atol=1e-9)
    assert fractions.min(axis=None) >= 0
    glu = rows[(rows["region"].astype(str) == "dACC") & (rows["metabolite"].astype(str) == "Glu")]
    assert np.corrcoef(np.log(glu["value"]), np.log(glu["crlb_percent"]))[0, 1] < -0.3
    poor = glu["fwhm_hz"] > 11
    assert 0.02 < poor.mean() < 0.06
    assert glu["crlb_percent"][poor].median() > 2 * glu["crlb_percent"][~poor].median()
    assert glu["value"][poor].std() > 1.4 * glu["value"][~poor].std()


# --- names, sources, order -----------------------------------------------------------------------------


@pytest.mark.parametrize("table", [name for name in TABLES if name != "spectroscopy"])
def test_every_column_is_a_region_the_catalogue_knows(table: str) -> None:
    regions = resolve_regions(norms(table).columns, table)
    assert all(region is not None and region.atlas != "own" for region in regions.values())
    assert len({region.id for region in regions.values() if region}) == len(regions)


def test_effects_are_of_columns_and_contrasts_that_there_are() -> None:
    scores = contrast_scores(_one_block(), parameters_with(TABLES))
    for row in facts("simulator_brain_effects"):
        assert row["column"] in {"*", *norms(row["table"]).columns}
        assert row["contrast"] in scores
        assert abs(row["effect"]) < 1
    keys = [(row["table"], row["column"], row["contrast"]) for row in facts("simulator_brain_effects")]
    assert len(set(keys)) == len(keys)
    assert len(norms("cortex").columns) == 68


def _one_block() -> Block:
    block = Block(0, published())
    for layer in WITHOUT_VISITS:
        block = block.after(layer.add(block, np.random.default_rng(1)))
    return block


def test_figures_of_scans_are_among_the_parameters_only_where_scans_are_asked_for() -> None:
    plain, brains = parameters_with(["pet"]), parameters_with(["cortex"])
    assert "cortex_site_shift_sd" not in plain.planted
    assert set(brains.planted) > set(plain.planted)
    assert brains.planted["cortex.lh_insula_thickness.patient"].checked == "yes"
    changed: Parameters = brains.with_values(**{"cortex.*.duration": -1})
    assert changed["cortex.*.duration"] == -1


def test_one_kind_of_scan_changes_no_other_and_the_clinical_tables_stay() -> None:
    plain = simulate(520, SEED, layers=CLINICAL[:5])
    for kinds in (("cortex",), TABLES):
        layers = (*CLINICAL[:5], BrainSessions(), *(BRAIN[kind] for kind in kinds))
        more = simulate(520, SEED, layers=layers)
        for name, table in plain.tables.items():
            pd.testing.assert_frame_equal(table, more.tables[name])
        pd.testing.assert_frame_equal(plain.truth, more.truth)
        if kinds == ("cortex",):
            alone = more.tables["cortex"]
    pd.testing.assert_frame_equal(alone, more.tables["cortex"])
    first = simulate(100, SEED, layers=layers).tables["spectroscopy"]
    pd.testing.assert_frame_equal(
        first.astype(object), more.tables["spectroscopy"].head(len(first)).astype(object)
    )


def test_sessions_come_before_the_scans_that_need_them_and_only_then() -> None:
    names = [layer.name for layer in layers_with(["subcortex", "pet"])]
    assert names.index("brain_sessions") < names.index("subcortex")
    assert "brain_sessions" not in [layer.name for layer in layers_with(["pet"])]
    assert set(TABLES) <= set(KINDS)


def test_scans_and_regions_are_missing_as_often_as_planted(scanned: Simulated) -> None:
    rows = wide(scanned, "cortex")
    planted = scanned.parameters
    assert abs(len(rows) / PEOPLE - planted["brain_scanned_share"]) < 0.03
    blank = rows[list(norms("cortex").columns)].isna().to_numpy().mean()
    assert abs(blank - planted["brain_region_blank_share"]) < 0.002
