"""One region has one id, however a program or its version spells it."""

from __future__ import annotations

import pytest

from opentrs.reference.load import facts
from opentrs.reference.region_names import (
    circuit_structures,
    circuits,
    default_measure,
    measures_of,
    resolve_regions,
    spelling,
)


def one(column: str, table: str = "cortex"):
    return resolve_regions([column], table)[column]


@pytest.mark.parametrize(
    ("column", "table", "region", "atlas", "hemisphere", "measure"),
    [
        ("lh_bankssts_thickness", "cortex", "L_bankssts", "desikan_killiany", "left", "thickness"),
        ("L_bankssts_thickavg", "cortex", "L_bankssts", "desikan_killiany", "left", "thickness"),
        ("R_bankssts_surfavg", "cortex", "R_bankssts", "desikan_killiany", "right", "area"),
        ("ctx-rh-bankssts", "cortex", "R_bankssts", "desikan_killiany", "right", ""),
        ("Left-Thalamus-Proper", "subcortex", "L_thalamus", "aseg", "left", "volume"),
        ("Left-Thalamus-Proper*", "subcortex", "L_thalamus", "aseg", "left", "volume"),
        ("Left-Thalamus", "subcortex", "L_thalamus", "aseg", "left", "volume"),
        ("Lthal", "subcortex", "L_thalamus", "aseg", "left", "volume"),
        ("RLatVent", "subcortex", "R_lateral_ventricle", "aseg", "right", "volume"),
        ("3rd-Ventricle", "subcortex", "3rd_ventricle", "aseg", "midline", "volume"),
        ("ACR-L", "tracts", "L_acr", "jhu", "left", ""),
        ("ACR_R_MD", "tracts", "R_acr", "jhu", "right", "md"),
        ("ACR", "tracts", "acr", "jhu", "both", ""),
        ("GCC", "tracts", "gcc", "jhu", "midline", ""),
        ("Fx/ST-L", "tracts", "L_fxst", "jhu", "left", ""),
        ("Uncinate fasciculus R", "tracts", "R_unc", "jhu", "right", ""),
        ("Frontal_Mid_R", "perfusion", "R_frontal_mid", "aal", "right", ""),
        ("DLPFC_R", "perfusion", "R_dlpfc", "own", "right", ""),
        ("Left-Putamen", "metabolism", "L_putamen", "aseg", "left", ""),
    ],
)  # fmt: skip
def test_a_column_is_read_in_any_usual_spelling(column, table, region, atlas, hemisphere, measure):
    found = one(column, table)

    assert (found.id, found.atlas, found.hemisphere, found.measure) == (region, atlas, hemisphere, measure)


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ("rh_G&S_frontomargin_thickness", "rh_G_and_S_frontomargin_thickness"),
        ("rh_G&S_frontomargin_thickness", "rh_G&S_frontomargin_thickness.1"),
        ("rh_G_Ins_lG&S_cent_ins_thickness", "rh_G_Ins_lg&S_cent_ins_thickness"),
        ("rh_S_intrapariet_and_P_trans_thickness", "rh_S_intrapariet&P_trans_thickness"),
        ("rh_S_oc_middle_and_Lunatus_thickness", "rh_S_oc_middle&Lunatus_thickness"),
        ("rh_S_oc_sup_and_transversal_thickness", "rh_S_oc_sup&transversal_thickness"),
        ("rh_S_oc-temp_med_and_Lingual_thickness", "rh_S_oc-temp_med&Lingual_thickness"),
    ],
)
def test_spellings_of_two_freesurfer_versions_are_one_region(newer: str, older: str):
    assert one(newer).id == one(older).id
    assert one(newer).atlas == "destrieux"


@pytest.mark.parametrize("column", ["eTIV", "EstimatedTotalIntraCranialVol", "ICV"])
def test_intracranial_volume_is_found_under_each_of_its_names(column: str):
    assert one(column).kind == "icv"
    assert one(column).unit == "mm3"


def test_a_hemisphere_total_is_no_region():
    kinds = {
        column: (one(column).kind, one(column).measure)
        for column in ("LThickness", "lh_MeanThickness_thickness")
    }

    assert set(kinds.values()) == {("global", "thickness")}
    assert one("lhSurfaceHoles").kind == "quality"


@pytest.mark.parametrize("column", ["age", "sex", "sitenum", "SubjID", "lh_nowhere_thickness"])
def test_a_name_no_atlas_has_is_no_region_of_the_cortex(column: str):
    assert one(column) is None


def test_a_name_two_atlases_share_goes_with_the_other_columns():
    alone = resolve_regions(["Precentral_L"], "cortex")["Precentral_L"]
    among = resolve_regions(["Precentral_L", "Frontal_Mid_L", "Frontal_Sup_L"], "cortex")["Precentral_L"]

    assert (alone.atlas, among.atlas) == ("desikan_killiany", "aal")


def test_the_nine_tracts_of_the_review_are_there_by_name():
    tracts = [name for name, row in circuits().items() if row["is_review_tract"]]

    assert len(tracts) == 9
    assert ("jhu", "ss") in circuit_structures("sagittal_stratum")
    assert ("jhu", "gcc") in circuit_structures("corpus_callosum")
    with pytest.raises(KeyError):
        circuit_structures("nowhere")


def test_every_member_of_a_circuit_and_every_alias_is_in_the_catalogue():
    known = {(row["atlas"], row["structure"]) for row in facts("regions")}
    members = {(row["atlas"], row["structure"]) for row in facts("circuits") if row["atlas"] != "own"}

    assert members <= known
    assert {(row["atlas"], row["structure"]) for row in facts("region_aliases")} <= known
    assert {row["circuit"] for row in facts("circuits")} == set(circuits())


def test_structures_are_their_names_without_punctuation_and_labels_are_unique():
    rows = facts("regions")
    labels = [
        (row["atlas"], label) for row in rows for label in (row["label_left"], row["label_right"]) if label
    ]

    assert all(row["structure"] == spelling(row["written"]) for row in rows)
    assert len(labels) == len(set(labels))


def test_atlases_have_as_many_regions_as_published():
    count = {
        atlas: sum(row["atlas"] == atlas and row["kind"] == "region" for row in facts("regions"))
        for atlas in ("desikan_killiany", "destrieux", "aal")
    }
    labels = [
        row[side]
        for row in facts("regions")
        if row["atlas"] == "jhu"
        for side in ("label_left", "label_right")
    ]

    assert count == {"desikan_killiany": 34, "destrieux": 74, "aal": 45}
    assert sorted(label for label in labels if label) == list(range(1, 49))


def test_each_table_has_one_usual_measure():
    usual = {table: default_measure(table) for table in ("cortex", "subcortex", "tracts", "perfusion")}

    assert usual == {"cortex": "thickness", "subcortex": "volume", "tracts": "fa", "perfusion": "cbf"}
    assert set(measures_of("tracts")) == {"fa", "md", "ad", "rd"}
    assert measures_of("ratings") == {}
