"""Names that slipped against the labels of an atlas are noticed by number and by the size of twins."""

from __future__ import annotations

import pytest

from opentrs.reference.load import facts
from opentrs.sources.imaging.labels import Label, label_problems


def jhu(places: int = 0) -> list[Label]:
    """All labels of the atlas, each name moved by ``places``; twins are as large as each other."""
    rows = []
    for row in facts("regions"):
        if row["atlas"] != "jhu" or row["label_left"] is None:
            continue
        if row["label_right"] is None:
            rows.append((row["label_left"], row["written"]))
        else:
            rows += [(row["label_left"], f"{row['written']}-L"), (row["label_right"], f"{row['written']}-R")]
    rows.sort()
    names = [name for _, name in rows]
    return [
        Label(number, names[(at - places) % len(names)], int(500 * 1.4 ** ((number + 1) // 2)))
        for at, (number, _) in enumerate(rows)
    ]


def test_a_sound_label_table_has_nothing_wrong():
    assert label_problems(jhu(), "labels.csv") == []


@pytest.mark.parametrize("places", [1, -1])
def test_names_that_slipped_by_one_are_an_error_and_their_twins_do_not_pair(places: int):
    found = {problem.code: problem for problem in label_problems(jhu(places), "labels.csv")}

    assert found["labels_off_by_one"].params["places"] == places
    assert found["labels_off_by_one"].severity == "error"
    assert "labels_twins_differ" in found


@pytest.mark.parametrize(("right", "named"), [(1250, False), (1251, True)])
def test_twins_may_differ_by_a_quarter(right: int, named: bool):
    twins = [Label(8, "CST-L", 1000), Label(7, "CST-R", right)]

    assert bool(label_problems(twins, "labels.csv")) == named
