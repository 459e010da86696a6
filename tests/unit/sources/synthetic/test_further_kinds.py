"""What `simulate --with` adds: rows beside those that are there, with its own truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from opentrs.cohort.tables import TABLES
from opentrs.errors import UsageError
from opentrs.reference.load import facts
from opentrs.sources import check
from opentrs.sources.synthetic import (
    KNOWN_KINDS,
    Simulated,
    as_cohort,
    layers_with,
    parameters_with,
    published,
    simulate,
    write,
)
from opentrs.sources.synthetic.kinds import retest_noise_sd

SEED = 5
PEOPLE = 1200
KINDS = tuple(kind for kind in KNOWN_KINDS if kind != "retest_noise")
TYPES = ("delusion", "hallucination", "negative")


@pytest.fixture(scope="module")
def plain() -> Simulated:
    return simulate(PEOPLE, SEED)


@pytest.fixture(scope="module")
def full() -> Simulated:
    return simulate(PEOPLE, SEED, layers=layers_with(KINDS))


@pytest.fixture(scope="module")
def people(full: Simulated) -> pd.DataFrame:
    truth = full.truth.astype({"person_id": str}).set_index("person_id")
    return truth[truth["in_spectrum"] == "yes"]


def rated(simulated: Simulated, scale: str) -> pd.DataFrame:
    rows = simulated.tables["ratings"]
    return rows[rows["scale"] == scale].astype({"person_id": str, "date": str, "item": str})


# --- nothing else changes --------------------------------------------------------------------------------


def test_further_kinds_leave_every_row_that_is_there_as_it_is(plain: Simulated, full: Simulated) -> None:
    for name, table in plain.tables.items():
        more = full.tables[name]
        if name == "ratings":
            more = more[more["scale"].isin(set(table["scale"]))]
        if name == "events":
            both = pd.concat([table.astype(str), table.astype(str), more.astype(str)])
            gone = set(map(tuple, table.astype(str).to_numpy())) - set(
                map(tuple, more.astype(str).to_numpy())
            )
            assert len(both) > 2 * len(table)
            assert not gone
            continue
        pd.testing.assert_frame_equal(
            table.astype(object).reset_index(drop=True), more.astype(object).reset_index(drop=True)
        )
    pd.testing.assert_frame_equal(plain.truth, full.truth[plain.truth.columns])


def test_the_order_in_which_kinds_are_asked_does_not_matter() -> None:
    assert layers_with(KINDS) == layers_with(reversed(KINDS))


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="surfaces"):
        layers_with(["pet", "surfaces"])
    with pytest.raises(UsageError, match="surfaces"):
        parameters_with(["surfaces"])


@pytest.mark.parametrize("table", ["ratings", "events", "pet", "genotype_calls"])
def test_added_rows_are_in_contract_form_and_in_order(full: Simulated, table: str) -> None:
    rows, spec = full.tables[table], TABLES[table]
    assert spec.wide or set(rows.columns) <= set(spec.by_name)
    assert rows[[*spec.required]].notna().all(axis=None)
    if spec.date:
        plain = rows[["person_id", spec.date]].astype(str)
        pd.testing.assert_frame_equal(plain, plain.sort_values(["person_id", spec.date], kind="stable"))
    if spec.key:
        assert not rows.duplicated(list(spec.key)).any()


def test_a_cohort_with_every_kind_is_read_without_an_error(tmp_path: Path) -> None:
    kinds = KNOWN_KINDS
    simulated = simulate(30, 2, layers=layers_with(kinds), parameters=parameters_with(kinds, 0.2))
    write(simulated, tmp_path / "cohort")
    found = check(tmp_path / "cohort")
    assert [problem.code for problem in found.problems if problem.severity == "error"] == []
    assert as_cohort(simulated).holds >= {"pet", "ratings", "events"}


# --- types -----------------------------------------------------------------------------------------------


def test_the_true_type_is_the_planted_symptom_where_that_is_still_moderate(people: pd.DataFrame) -> None:
    planted, now = people["true_symptom_type"], people["true_type"]
    seen = now != ""
    assert seen.all()
    assert set(now[seen]) <= {*TYPES, "mixed", "none"}
    is_type = now.isin(TYPES)
    assert (planted[is_type] == now[is_type]).mean() > 0.85
    assert 0.05 < (now[seen] == "none").mean() < 0.6
    controls = set(people.index)
    assert len(controls) < PEOPLE


def test_the_four_way_label_puts_severe_depression_first_and_names_what_is_none_of_the_four(
    people: pd.DataFrame,
) -> None:
    seen = people[people["true_type"] != ""]
    severe = seen["true_depression"] == "severe"
    assert severe.any()
    assert (seen["true_review_type"][severe] == "severe_depression").all()
    others = seen[~severe]
    is_type = others["true_type"].isin(TYPES)
    assert (others["true_review_type"][is_type] == others["true_type"][is_type]).all()
    assert set(others["true_review_type"][~is_type]) == {"none_of_the_four"}


def test_a_true_type_persists_if_it_led_for_twelve_weeks() -> None:
    """With a complete record the visits are all there are, so that persistence can be counted by hand."""
    made = simulate(200, SEED, complete_record=True)
    truth = made.truth.astype({"person_id": str}).set_index("person_id")
    states = made.states.astype({"person_id": str})
    states = states.assign(day=pd.to_datetime(states["date"].astype(str)))
    counted = 0
    for person_id, rows in states.groupby("person_id"):
        end = rows["day"].iloc[-1]
        if truth.loc[person_id, "left_because"] in ("death", ""):
            last = rows["true_type"].iloc[-1]
            others = rows["day"][rows["true_type"] != last]
            since = rows["day"] if others.empty else rows["day"][rows["day"] > others.max()]
            held, seen = (end - since.min()).days, (end - rows["day"].min()).days
            recent = not others.empty and (end - others.max()).days < 84
            expected = "yes" if held >= 84 else "no" if recent and seen >= 84 else ""
            assert truth.loc[person_id, "true_type"] == last
            assert truth.loc[person_id, "true_type_persistent"] == expected
            counted += 1
    assert counted > 100
    assert set(truth["true_type_persistent"]) == {"yes", "no", ""}


def test_the_trajectory_is_what_drugs_would_do(people: pd.DataFrame) -> None:
    by = people.groupby("true_trajectory")
    assert set(by.groups) == {"antipsychotic_responsive", "clozapine_responsive", "clozapine_resistant"}
    assert set(by.get_group("antipsychotic_responsive")["true_resistant"]) == {"no"}
    assert set(by.get_group("clozapine_responsive")["true_clozapine_response"]) == {"yes"}
    assert set(by.get_group("clozapine_resistant")["true_clozapine_response"]) == {"no"}


# --- noise -----------------------------------------------------------------------------------------------


def test_with_retest_noise_two_ratings_of_an_unchanged_item_correlate_as_published() -> None:
    """Two cohorts with the same people, whose visits' noise alone differs, are each other's retest."""
    planted = parameters_with(["retest_noise"])
    unrestricted = planted.with_values(type_shift=0, depressed_shift=0, psychotic_floor=1)
    rng = np.random.default_rng(1)
    item = next(item for item in unrestricted.items if item.name == "P3")
    true = item.mean + np.hypot(item.loading, item.specific_sd) * rng.standard_normal(200_000)
    noise = unrestricted["visit_noise_sd"] * rng.standard_normal((2, true.size))
    first, second = np.rint(true + noise)
    reliability = np.corrcoef(first, second)[0, 1]
    assert abs(reliability - published()["item_retest_reliability"]) < 0.01
    assert planted.planted["visit_noise_sd"].source == "set by the caller"
    assert retest_noise_sd(published()) > 2 * published()["visit_noise_sd"]


def test_retest_noise_scatters_ratings_and_leaves_the_truth() -> None:
    plain, noisy = (simulate(60, SEED, parameters=parameters_with(kinds)) for kinds in ([], ["retest_noise"]))
    pd.testing.assert_frame_equal(plain.truth, noisy.truth)
    pd.testing.assert_frame_equal(plain.states, noisy.states)
    assert (plain.tables["ratings"]["value"] != noisy.tables["ratings"]["value"]).mean() > 0.2


def test_more_controls_are_planted_only_where_asked() -> None:
    few, many = (simulate(500, SEED, parameters=parameters_with([], share)) for share in (None, 0.3))
    shares = [(cohort.tables["people"]["group"] == "control").mean() for cohort in (few, many)]
    assert shares[0] < 0.06
    assert 0.24 < shares[1] < 0.36


# --- scales ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", ["PSYRATS", "AHRS", "HAMD-17"])
def test_every_item_of_an_added_scale_is_rated_within_its_range(full: Simulated, scale: str) -> None:
    items = {
        row["item"]: row for row in facts("scale_items") if row["scale"] == scale and row["kind"] == "item"
    }
    rows = rated(full, scale)
    assert items
    assert set(rows["item"]) == set(items)
    for item, values in rows.groupby("item")["value"]:
        assert values.between(items[item]["low"], items[item]["high"]).all()
        assert (values == values.round()).all()
        assert values.nunique() > 1


def test_voices_are_rated_in_those_who_hear_them_and_more_where_they_are_worse(full: Simulated) -> None:
    rows = rated(full, "AHRS").groupby(["person_id", "date"])["value"].sum()
    states = full.states.astype({"person_id": str, "date": str}).set_index(["person_id", "date"])
    severity = states["hallucination_pomp"]
    heard = severity.index.isin(rows.index)
    assert severity[heard].min() >= 100 * (published()["voices_rated_from"] - 1) / 6 - 0.01
    assert severity[~heard].max() <= 100 * (published()["voices_rated_from"] - 1) / 6 + 0.01
    assert rows.reindex(severity.index).dropna().corr(severity[heard]) > 0.7


def test_hamd_finds_the_severely_depressed_and_seldom_others(full: Simulated) -> None:
    total = rated(full, "HAMD-17").groupby(["person_id", "date"])["value"].sum()
    states = full.states.astype({"person_id": str, "date": str}).set_index(["person_id", "date"])
    depression = states["true_depression"].reindex(total.index)
    assert total[depression == "severe"].median() >= 24
    assert (total[depression == "none"] >= 24).mean() < 0.05


# --- dopamine and genes ----------------------------------------------------------------------------------


def test_striatal_influx_is_raised_in_those_whom_drugs_help_alone(full: Simulated) -> None:
    pet = full.tables["pet"].astype({"person_id": str}).set_index("person_id")
    truth = full.truth.astype({"person_id": str}).set_index("person_id").reindex(pet.index)
    control = full.tables["people"].astype({"person_id": str}).set_index("person_id")["group"] == "control"
    planted = published()
    z = (pet["striatum"] - planted["striatal_ki_control_mean"]) / planted["striatal_ki_sd"]
    for group, shift in (
        (truth["true_resistant"] == "no", planted["striatal_ki_responder_shift"]),
        (truth["true_resistant"] == "yes", planted["striatal_ki_nonresponder_shift"]),
        (control.reindex(pet.index), 0.0),
    ):
        assert abs(z[group].mean() - shift) < 4 / np.sqrt(group.sum())
    assert control.sum() * 0.9 < control.reindex(pet.index).sum() <= control.sum()


def test_the_supersensitive_are_as_many_as_published_and_relapse_soon_after_a_drug(
    full: Simulated, plain: Simulated, people: pd.DataFrame
) -> None:
    so = people["true_supersensitive"] == "yes"
    resistant = people["true_resistant"] == "yes"
    planted = published()
    for group, name in ((so[resistant], "supersensitive_share_resistant"), (so, "supersensitive_share")):
        share = planted[name]
        assert abs(group.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(group))
    counted = [
        cohort.tables["events"].astype({"person_id": str, "kind": str}).value_counts(["person_id", "kind"])
        for cohort in (plain, full)
    ]
    added = counted[1].sub(counted[0], fill_value=0)
    added = added[added > 0]
    assert set(added.index.get_level_values("kind")) == {"relapse", "dyskinesia"}
    assert so.reindex(added.index.get_level_values("person_id")).all()


@pytest.mark.parametrize(
    ("variant", "allele", "parameter"),
    [("rs4680", "A", "comt_met_frequency"), ("rs28363170", "9R", "slc6a3_nine_repeat_frequency")],
)
def test_alleles_have_the_planted_frequency_and_failed_calls_are_empty(
    full: Simulated, variant: str, allele: str, parameter: str
) -> None:
    calls = full.tables["genotype_calls"]
    calls = calls[calls["variant"] == variant]
    assert len(calls) == PEOPLE
    alleles = calls[["allele_1", "allele_2"]]
    failed = alleles.isna()
    assert (failed["allele_1"] == failed["allele_2"]).all()
    assert 0 < failed["allele_1"].mean() < 0.05
    known = pd.concat([alleles["allele_1"], alleles["allele_2"]]).dropna().astype(str)
    share = published()[parameter]
    assert abs((known == allele).mean() - share) < 4 * np.sqrt(share * (1 - share) / len(known))


def test_a_link_of_genotype_and_resistance_is_planted_only_where_asked() -> None:
    layers = layers_with(["genetics"])
    chosen = tuple(layer for layer in layers if layer.name in {"people", "illness", "genotype_calls"})
    gap = []
    for ratio in (1.0, 3.0):
        planted = published().with_values(genotype_odds_ratio=ratio)
        made = simulate(2000, SEED, layers=chosen, parameters=planted)
        calls = made.tables["genotype_calls"].astype({"person_id": str})
        calls = calls[calls["variant"] == "rs4680"].set_index("person_id")["allele_1"].astype(str)
        resistant = made.truth.astype({"person_id": str}).set_index("person_id")["true_resistant"]
        is_met = calls == "A"
        gap.append(is_met[resistant == "yes"].mean() - is_met[resistant == "no"].mean())
    assert abs(gap[0]) < 0.1
    assert gap[1] > 0.15
