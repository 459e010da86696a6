"""Which norm a label is held against, and what a file of norms must be."""

from __future__ import annotations

import pandas as pd
import pytest

from opentrs.errors import InputProblemsError
from opentrs.messages import LANGS
from opentrs.subtype.definition import shipped_types
from opentrs.subtype.norms import COLUMNS, norm_columns, norms_in_use, own_norms, read_norms, shipped_norms
from tests.support.typed import even_norms, labelled, panss, rated, visits_of

RULES = shipped_types()


def people(n, of=None):
    """People who differ in every domain."""
    rows = [
        rated(f"{k:03}", panss([1 + k % 7, 1, 4, 1], 1 + k % 5, [1 + k % 3, 1, 1, 1, 1])) for k in range(n)
    ]
    return [*rows, *([] if of is None else of)]


@pytest.mark.parametrize(("n", "name"), [(29, "none"), (30, "own_cohort 1")])
def test_thirty_people_make_a_norm_of_their_own(n, name):
    steps = labelled(*people(n))
    assert {row["norm"] for row in visits_of(steps)} == {name}
    assert set(steps.norms["n"]) == ({30} if n == 30 else set())


def test_the_cohorts_own_norm_is_mean_and_sd_over_people_at_their_first_complete_visit(engine):
    later = [rated(f"{k:03}", panss(7, 7, 7), day="2020-03-01") for k in range(30)]
    blank = [rated("000", panss([7, 7, None, None], 7, 7), day="2019-01-01")]
    steps = labelled(*people(30, [*later, *blank]), engine=engine)
    own = steps.norms[(steps.norms["item_set"] == "opentrs_1")].set_index("domain")
    scores = pd.Series([100 * ((k % 5) / 6) for k in range(30)])
    assert own.at["hallucination", "mean_pomp"] == pytest.approx(scores.mean())
    assert own.at["hallucination", "sd_pomp"] == pytest.approx(scores.std())
    assert own.at["hallucination", "n"] == 30
    assert set(own.index) == set(RULES.domains) - {"disorganisation"}


def test_norms_stand_in_one_order_whoever_comes_first():
    rows = [
        {"item_set": "opentrs_1", "scale": "PANSS", "domain": domain, "pomp": float(k)}
        for domain in ("negative", "delusion", "hallucination")
        for k in range(40)
    ]
    own = own_norms(pd.DataFrame(rows), RULES)
    assert own["domain"].tolist() == ["delusion", "hallucination", "negative"]
    assert own.equals(own_norms(pd.DataFrame(rows[::-1]), RULES))


def test_a_domain_in_which_nobody_differs_makes_no_norm():
    steps = labelled(*[rated(f"{k:03}", panss([1 + k % 7, 1, 1, 1], 4, 1)) for k in range(30)])
    assert {row["norm"] for row in visits_of(steps)} == {"none"}


def test_the_file_goes_before_the_shipped_norm_and_that_before_the_cohorts_own():
    scales = frozenset({"SAPS+SANS", "PANSS"})
    own = even_norms("PANSS").assign(norm="own_cohort")
    found = norms_in_use((even_norms("SAPS+SANS"), shipped_norms(), own), scales, RULES)
    default = found[found["item_set"] == "opentrs_1"]
    assert dict(zip(default["scale"], default["norm"], strict=True)) == {
        "SAPS+SANS": "even",
        "PANSS": "own_cohort",
    }
    without_file = norms_in_use((shipped_norms(), own), scales, RULES)
    assert "ds000030_schz" in set(without_file["norm"])


def test_a_norm_without_one_of_the_competing_domains_serves_nobody():
    short = even_norms()[lambda frame: frame["domain"] != "negative"]
    assert norms_in_use((short,), frozenset({"PANSS"}), RULES).empty


def test_the_error_of_a_difference_joins_the_errors_of_both_domains():
    columns = norm_columns(even_norms(negative=0.5), RULES).iloc[0]
    assert columns["unit_delusion_hallucination"] == 0.5
    assert columns["unit_delusion_negative"] == pytest.approx(0.625**0.5)
    assert columns["norm"] == "even 1"


def test_shipped_norms_have_every_competing_domain_and_a_reliability():
    norms = shipped_norms()
    assert norms[COLUMNS].notna().all().all()
    for _, rows in norms.groupby(["norm", "item_set", "scale"]):
        assert set(RULES.compete) <= set(rows["domain"])
    assert ((norms["reliability"] > 0) & (norms["reliability"] < 1)).all()


def test_a_norms_table_written_by_a_run_can_be_given_back(tmp_path):
    path = tmp_path / "norms.csv"
    even_norms().to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_norms(path, RULES), even_norms(), check_dtype=False)


def test_what_may_be_left_out_of_a_file_of_norms_is_filled(tmp_path):
    path = tmp_path / "norms.csv"
    even_norms().drop(columns=["item_set", "source", "checked"]).to_csv(path, index=False)
    found = read_norms(path, RULES)
    assert set(found["item_set"]) == {"opentrs_1"}
    assert set(found["source"]) == {"own"}
    assert set(found["checked"]) == {"unverified"}


BAD = """norm,version,scale,domain,n,mean_pomp,sd_pomp,reliability
mine,1,PANSS,delusion,100,40,20,0.8
mine,1,PANSS,delusion,100,40,20,0.8
mine,1,PANSS,hallucination,1,140,0,1
mine,2,PANS,negative,many,,20,-0.1
mine,1,BPRS-18,delusions,100,40,20,0.8
"""


def test_every_problem_of_a_file_of_norms_is_told_at_once_in_both_languages(tmp_path):
    path = tmp_path / "norms.csv"
    path.write_text(BAD, encoding="utf-8")
    with pytest.raises(InputProblemsError) as caught:
        read_norms(path, RULES)
    told = {(one.code, one.line, one.column) for one in caught.value.problems}
    assert told >= {
        ("norms_twice", 3, "domain"),
        ("norms_out_of_range", 4, "n"),
        ("norms_out_of_range", 4, "mean_pomp"),
        ("norms_out_of_range", 4, "sd_pomp"),
        ("norms_perfect", 4, "reliability"),
        ("norms_no_such_value", 5, "scale"),
        ("norms_not_a_number", 5, "n"),
        ("norms_blank", 5, "mean_pomp"),
        ("norms_out_of_range", 5, "reliability"),
        ("norms_no_such_value", 6, "domain"),
        ("norms_domain_missing", 2, "domain"),
        ("norms_domain_missing", 6, "domain"),
    }
    assert all(one.sentence(lang) for lang in LANGS for one in caught.value.problems)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"norm,version\n", "norms_no_column"),
        (b"norm,version,scale,domain,n,mean_pomp,sd_pomp,reliability\n", "norms_empty"),
        (b"\xff\xfe\x00bad", "norms_not_readable"),
    ],
)
def test_a_file_that_is_no_table_of_norms_says_what_it_lacks(tmp_path, content, code):
    path = tmp_path / "norms.csv"
    path.write_bytes(content)
    with pytest.raises(InputProblemsError) as caught:
        read_norms(path, RULES)
    assert {one.code for one in caught.value.problems} == {code}


def test_one_scale_stands_under_one_norm(tmp_path):
    frame = even_norms()
    frame.loc[0, "version"] = "2"
    path = tmp_path / "norms.csv"
    frame.to_csv(path, index=False)
    with pytest.raises(InputProblemsError) as caught:
        read_norms(path, RULES)
    (problem,) = caught.value.problems
    assert (problem.code, problem.line, problem.column) == ("norms_two_names", 2, "norm")


def read_with(tmp_path, **cells):
    """Read a file of norms in whose first row some cells are these."""
    frame = even_norms().astype(object)
    for column, cell in cells.items():
        frame.loc[0, column] = cell
    path = tmp_path / "norms.csv"
    frame.to_csv(path, index=False)
    return read_norms(path, RULES)


@pytest.mark.parametrize(
    ("column", "cell"),
    [("n", 2), ("mean_pomp", 0), ("mean_pomp", 100), ("sd_pomp", 100), ("sd_pomp", 0.1), ("reliability", 0)],
)
def test_a_norm_at_the_end_of_its_range_is_taken(tmp_path, column, cell):
    assert read_with(tmp_path, **{column: cell})[column].iloc[0] == cell


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("n", 1, "norms_out_of_range"),
        ("mean_pomp", -0.1, "norms_out_of_range"),
        ("mean_pomp", 100.1, "norms_out_of_range"),
        ("sd_pomp", 0, "norms_out_of_range"),
        ("sd_pomp", -0.1, "norms_out_of_range"),
        ("sd_pomp", 100.1, "norms_out_of_range"),
        ("reliability", -0.1, "norms_out_of_range"),
        ("reliability", 1.1, "norms_out_of_range"),
        ("reliability", 1, "norms_perfect"),
    ],
)
def test_a_norm_beyond_the_end_of_its_range_is_refused(tmp_path, column, cell, code):
    with pytest.raises(InputProblemsError) as caught:
        read_with(tmp_path, **{column: cell})
    assert code in {problem.code for problem in caught.value.problems}
