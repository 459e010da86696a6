"""BIDS phenotype data, and kinds of folders that this version recognises but does not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from opentrs.errors import UsageError
from opentrs.sources import NotReadError, check, read
from tests.unit.sources.folders import TODAY, folder, found

PARTICIPANTS = "participant_id\tage\tsex\tgroup\nsub-01\t30\tF\tpatient\nsub-02\tn/a\tM\tcontrol\n"


@pytest.mark.parametrize("inner", ["phenotype", "."])
def test_phenotype_tables_are_read_from_their_folder_or_beside_the_participants(
    tmp_path: Path, inner: str
) -> None:
    place = folder(tmp_path, participants__tsv=PARTICIPANTS, dataset_description__json='{"Name": "Two"}')
    (place / inner).mkdir(exist_ok=True)
    (place / inner / "panss.tsv").write_text(
        "participant_id\tP1\tP2\tnote\nsub-01\t4\tn/a\tx\nsub-02\tn/a\tn/a\t\n"
    )
    (place / inner / "odd.tsv").write_text("participant_id\tz\nsub-01\t4\n")

    cohort = read(place, today=TODAY)

    assert cohort.name == "Two"
    assert cohort.people.order_by("person_id").person_id.to_pandas().tolist() == ["sub-01", "sub-02"]
    ratings = cohort.table("ratings").to_pandas()
    assert ratings[["person_id", "scale", "item"]].to_numpy().tolist() == [
        ["sub-01", "PANSS", "P1"], ["sub-01", "PANSS", "P2"],
    ]  # fmt: skip
    assert "bids_table_not_recognised" in [code for _, code in found(cohort.problems, "note")]


def test_participants_without_ids_are_refused(tmp_path: Path) -> None:
    result = check(
        folder(tmp_path, participants__tsv="age\n30\n", dataset_description__json="{}"), today=TODAY
    )

    assert found(result.problems) == [("participants.tsv:1:person_id", "column_missing")]


def test_an_omop_export_is_recognised_and_not_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="OMOP"):
        read(folder(tmp_path, people__txt="", person="person_id\n1\n", drug_exposure="person_id\n1\n"))


def test_a_redcap_export_is_recognised_and_not_read(tmp_path: Path) -> None:
    dictionary = '"Variable / Field Name","Form Name","Section Header"\nrecord_id,base,\n'

    with pytest.raises(UsageError, match="REDCap"):
        read(folder(tmp_path, people__txt="", data_dictionary=dictionary))


def test_why_nothing_is_read_is_said_in_both_languages() -> None:
    with pytest.raises(NotReadError) as refused:
        read("duckdb:///x.db")

    assert "does not read databases yet" in refused.value.sentence("en")
    assert "尚不读取数据库" in refused.value.sentence("zh")


@pytest.mark.parametrize("place", ["duckdb:///x.db", "no/such/folder"])
def test_other_places_are_a_wrong_call(place: str) -> None:
    with pytest.raises(UsageError):
        read(place)
