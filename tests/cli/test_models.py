"""`opentrs models` from the command line: published tables reproduced, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from opentrs.report.folder import files_below
from tests.cli.conftest import Run
from tests.support.published_models import GBSG, GUSTO
from tests.unit.predict.registry.models import EQUATION, changed, written
from tests.unit.predict.registry.simulated import simulated


def table(out: Path, name: str) -> list[dict[str, str]]:
    with (out / "tables" / "predict" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def figures(out: Path, group: str = "all") -> dict[str, float]:
    rows = [row for row in table(out, "performance") if row["group"] == group]
    return {row["metric"]: float(row["estimate"]) for row in rows if row["estimate"]}


def model_file(tmp_path: Path, tree: dict) -> Path:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(tree), encoding="utf-8")
    return path


@pytest.fixture
def people_file(tmp_path: Path) -> Path:
    """A table of people for the equation of the tests, with an outcome that is off by 1 in log-odds."""
    people = simulated(700, seed=3, intercept=-1.0)
    frame = people.predictors.assign(person_id=people.person_id, y=people.outcome)
    frame["site"] = np.where(np.arange(700) % 2 == 0, "north", "south")
    path = tmp_path / "people.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    return model_file(tmp_path, EQUATION)


RULES = [
    (2, 8, {"tp": 536, "fp": 349, "fn": 66, "tn": 405}, (0.8904, 0.5371, 0.6056, 0.8599)),
    (2, 6, {"tp": 674, "fp": 335, "fn": 78, "tn": 461}, (0.8963, 0.5791, 0.6680, 0.8553)),
    (4, 8, {"tp": 527, "fp": 200, "fn": 73, "tn": 553}, (0.8783, 0.7344, 0.7249, 0.8834)),
]


@pytest.mark.real_data
@pytest.mark.parametrize(("early", "late", "counts", "shares"), RULES)
def test_early_non_improvement_in_a_real_trial(
    run: Run, tmp_path, real_data_dir, early, late, counts, shares
):
    """Pinned in predict_reference.json, computed in R and by hand from the flags of 20% improvement."""
    out = tmp_path / "out"
    ended = run(
        "models", "validate", f"early_nonimprovement_week_{early}",
        real_data_dir / "surrogate" / "Schizo_PANSS.csv", "-o", out, "--person", "Id",
        "--outcome", f"Week{late}_bin", "--event-is", "0",
        "--map", f"improved_20_percent_week_{early}=Week{early}_bin",
        "--map", f"panss_total_change_week_{early}=Week{early}", "--thresholds", "0.2:0.6:0.2",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    (row,) = table(out, "two_by_two")
    assert {name: int(row[name]) for name in counts} == counts
    found = figures(out)
    names = ("sensitivity", "specificity", "ppv", "npv")
    assert [found[name] for name in names] == pytest.approx(shares, abs=5e-5)
    if (early, late) == (2, 8):
        (c,) = [one for one in table(out, "performance") if one["metric"] == "c_statistic"]
        ends = [float(c[name]) for name in ("ci_low", "estimate", "ci_high")]
        assert ends == pytest.approx([0.7897, 0.8123, 0.8349], abs=5e-5)
        assert c["n"] == "1355"  # one person has the week-2 flag without the week-2 score


@pytest.mark.real_data
def test_a_logistic_equation_on_the_people_it_was_made_on(run: Run, tmp_path, real_data_dir):
    out = tmp_path / "out"
    ended = run(
        "models", "validate", model_file(tmp_path, GUSTO),
        real_data_dir / "gusto_development" / "gusto_development.csv", "-o", out,
        "--outcome", "day30", "--thresholds", "0.05:0.1:0.05",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = figures(out)
    assert (found["n"], found["events"]) == (23034, 1565)
    assert found["c_statistic"] == pytest.approx(0.8165, abs=5e-5)
    assert found["brier"] == pytest.approx(0.05413, abs=5e-6)
    assert found["calibration_slope"] == pytest.approx(1, abs=1e-4)
    assert found["calibration_in_the_large"] == pytest.approx(0, abs=1e-3)


@pytest.mark.real_data
def test_a_survival_equation_on_new_people(run: Run, tmp_path, real_data_dir):
    """Published external validation of a breast-cancer model, recomputed in R."""
    out = tmp_path / "out"
    ended = run(
        "models", "validate", model_file(tmp_path, GBSG), real_data_dir / "gbsg" / "gbsg.csv", "-o", out,
        "--time", "rfstime", "--event", "status", "--person", "pid", "--thresholds", "0.3:0.5:0.2",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = figures(out)
    assert (found["n"], found["events"]) == (686, 285)
    recomputed = {
        "harrell_c": 0.65237, "uno_c": 0.63535, "observed_expected": 1.01775, "observed_risk": 0.50836,
        "hazard_slope": 1.05536,
    }  # fmt: skip
    assert {name: found[name] for name in recomputed} == pytest.approx(recomputed, abs=1e-5)
    assert (found["brier"], found["scaled_brier"]) == pytest.approx((0.2238, 0.1043), abs=1e-4)
    published = {"time_dependent_auc": 0.68, "ici": 0.03, "e50": 0.03, "e90": 0.07}
    assert {name: found[name] for name in published} == pytest.approx(published, abs=0.0051)


@pytest.mark.real_data
def test_a_survival_equation_updated_on_new_people_keeps_what_fits(run: Run, tmp_path, real_data_dir):
    """The published slope of 1.055 and observed over expected of 1.018 leave nothing to recalibrate."""
    out = tmp_path / "out"
    ended = run(
        "models", "update", model_file(tmp_path, GBSG), real_data_dir / "gbsg" / "gbsg.csv", "-o", out,
        "--time", "rfstime", "--event", "status", "--person", "pid",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    steps = {row["step"]: row for row in table(out, "update")}
    assert float(steps["intercept_slope"]["slope"]) == pytest.approx(1.05536, abs=2e-3)
    assert float(steps["none"]["p_recalibrating"]) > 0.5
    assert [name for name, row in steps.items() if row["chosen"] == "yes"] == ["none"]


def test_validate_update_apply_go_hand_in_hand(run: Run, tmp_path, mine, people_file):
    first, second, third, fourth = (tmp_path / name for name in ("one", "two", "three", "four"))
    common = ("--outcome", "y")
    ended = run("models", "validate", mine, people_file, "-o", first, *common, "--site", "site")
    assert ended.code == 0, ended.err
    assert figures(first)["calibration_in_the_large"] < -0.7
    assert {"site=north", "site=south", "pooled over site"} <= {
        row["group"] for row in table(first, "performance")
    }

    ended = run("models", "update", mine, people_file, "-o", second, *common)
    assert ended.code == 0, ended.err
    new = Path(ended.out.strip())
    assert new == second / "models" / "mine_updated.json"
    assert [row["step"] for row in table(second, "update") if row["chosen"] == "yes"] == ["intercept"]
    assert "other people" in ended.err  # validate it there before use

    assert run("models", "validate", new, people_file, "-o", third, *common).code == 0
    assert figures(third)["calibration_in_the_large"] == pytest.approx(0, abs=1e-6)
    assert {row["kind"] for row in table(third, "performance")} == {"apparent"}

    ended = run("models", "apply", new, people_file, "-o", fourth)
    assert ended.code == 0, ended.err
    rows = table(fourth, "risks")
    assert list(rows[0])[:7] == ["person_id", "model", "landmark", "risk", "low", "high", "valid"]
    assert {row["valid"] for row in rows} == {"yes"}
    assert all(float(row["low"]) < float(row["risk"]) < float(row["high"]) for row in rows)
    assert all(int(row["n_in_100"]) == round(100 * float(row["risk"])) for row in rows)
    for out in (first, second, third, fourth):
        assert run("verify", out).code == 0


def test_the_same_input_and_seed_give_the_same_bytes(run: Run, tmp_path, mine, people_file):
    outs = [tmp_path / "one", tmp_path / "two"]
    for out in outs:
        arguments = ("--outcome", "y", "--seed", "5", "--thresholds", "0.1:0.3:0.1")
        assert run("models", "validate", mine, people_file, "-o", out, *arguments).code == 0
    first, second = ({name: path.read_bytes() for name, path in files_below(out).items()} for out in outs)
    assert first == second


@pytest.mark.parametrize(("lang", "word"), [("en", "not known: smoker"), ("zh", "未知：smoker")])
def test_apply_names_what_a_person_lacks_and_gives_no_number(run: Run, tmp_path, mine, lang, word):
    people = tmp_path / "people.csv"
    people.write_text("person_id,age,smoker,place\na,30,,town\nb,99,1,sea\nc,30,1,land\n", encoding="utf-8")
    out = tmp_path / "out"
    ended = run("models", "apply", mine, people, "-o", out, "--lang", lang)
    assert ended.code == 0, ended.err
    one, two, three = table(out, "risks")
    assert one["valid"] == word
    assert [one["risk"], two["risk"], one["n_in_100"]] == ["", "", ""]
    assert "age" in two["valid"]
    assert "place" in two["valid"]
    assert (three["valid"], bool(three["risk"])) == ("yes", True)


def test_a_score_ranks_and_gives_no_risk(run: Run, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("person_id,panss_P2,panss_N5,panss_G9\na,3,4,5\nb,7,7,8\n", encoding="utf-8")
    out = tmp_path / "out"
    assert run("models", "apply", "panss_p2_n5_g9", people, "-o", out).code == 0
    one, two = table(out, "risks")
    assert (one["score"], one["risk"]) == ("12.0", "")
    assert one["valid"] != "yes"
    assert two["score"] == ""  # 8 is outside the scale


def test_list_and_show_say_what_can_be_run_and_what_is_not_public(run: Run):
    for lang in ("en", "zh"):
        listed = run("models", "list", "--lang", lang)
        assert listed.code == 0
        assert "leighton_2021_nonremission" in listed.out
        assert "0.63 (0.58-0.69)" in listed.out  # the external C of MOZART, not the internal one
    shown = run("models", "show", "leighton_2021_nonremission")
    assert shown.code == 0
    assert "0.507249" in shown.out.replace("0.50725 ", "0.507249")
    assert "NO" not in shown.out.split()
    mozart = run("models", "show", "mozart_2023")
    assert "Not public" in mozart.out
    assert run("models", "show", "legge_2020").out.count("odds ratio") >= 5


BAD = [
    ("/colour", 1, "no such key", "没有这个键"),
    ("/intercept", "log(2)", "Expressions", "表达式"),
    ("/predictors/0/unit", "fortnights", "fortnights", "fortnights"),
]


@pytest.mark.parametrize(("pointer", "value", "english", "chinese"), BAD)
def test_a_bad_document_is_refused_at_its_line_in_both_languages(
    run: Run, tmp_path, people_file, pointer, value, english, chinese
):
    tree = changed(changed(EQUATION, pointer, value), "/zzz", 1)
    path = tmp_path / "mine.json"
    path.write_text(written(tree), encoding="utf-8")
    for lang, words in (("en", english), ("zh", chinese)):
        ended = run(
            "models", "validate", path, people_file, "-o", tmp_path / "out", "--outcome", "y", "--lang", lang
        )
        assert ended.code == 3
        assert "mine.json:" in ended.err
        assert pointer in ended.err
        assert "/zzz" in ended.err  # every problem at once
        assert words in ended.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"\x80\x04K\x01.", b"{NaN}", b'{"a": NaN}'])
def test_a_pickle_and_what_is_no_json_are_refused(run: Run, tmp_path, people_file, content):
    path = tmp_path / "mine.json"
    path.write_bytes(content)
    ended = run("models", "validate", path, people_file, "-o", tmp_path / "out", "--outcome", "y")
    assert ended.code == 3
    assert "mine.json" in ended.err


def test_people_twice_across_sites_are_refused_without_their_names(run: Run, tmp_path, mine):
    people = tmp_path / "people.csv"
    people.write_text(
        "person_id,site,age,smoker,place,y\ncanary,A,30,1,town,1\ncanary,B,30,1,town,1\n", encoding="utf-8"
    )
    ended = run(
        "models", "validate", mine, people, "-o", tmp_path / "out", "--outcome", "y", "--site", "site"
    )
    assert ended.code == 3
    assert "people.csv:3:person_id" in ended.err
    assert "canary" not in ended.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--outcome", "y", "--thresholds", "0:1:0.1"),
        ("--outcome", "y", "--thresholds", "a:b:c"),
        ("--outcome", "y", "--thresholds", "0.5:0.1:0.1"),
        ("--outcome", "y", "--map", "age"),
        ("--time", "t"),
        ("--outcome", "y", "--time", "t", "--event", "c"),
        (),
    ],
)
def test_wrong_usage_is_told_as_such(run: Run, tmp_path, mine, people_file, arguments):
    ended = run("models", "validate", mine, people_file, "-o", tmp_path / "out", *arguments)
    assert ended.code == 2, ended.err
    assert not (tmp_path / "out").exists()


def test_a_model_or_table_that_is_not_there_is_told(run: Run, tmp_path, people_file, mine):
    ended = run("models", "show", "leighton")
    assert ended.code == 2
    assert "leighton_2021_nonremission" in ended.err
    assert run("models", "apply", mine, tmp_path / "no.csv", "-o", tmp_path / "out").code == 2
    assert run("models", "apply", "mozart_2023", people_file, "-o", tmp_path / "out").code == 2
    extended = ("--outcome", "y", "--extend", "age=parsecs")
    assert run("models", "update", mine, people_file, "-o", tmp_path / "out", *extended).code == 2


def test_a_cohort_is_read_through_its_landmark(run: Run, tmp_path, cohort_dir):
    out = tmp_path / "out"
    ended = run("models", "apply", "panss_p2_n5_g9", cohort_dir, "-o", out)
    assert ended.code == 0, ended.err
    rows = table(out, "risks")
    assert any(row["score"] for row in rows)
    assert all(row["risk"] == "" for row in rows)
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert {"people.csv", "ratings.csv"} <= {one["file"] for one in record["inputs"]}
    few = run("models", "validate", "early_nonimprovement_week_2", cohort_dir, "-o", tmp_path / "two",
              "--outcome", "nonresponse_week6")  # fmt: skip
    assert few.code == 3  # thirty people have too few events
    assert "at least 10 of each" in few.err
    extended = ("--outcome", "trrip_3y", "--extend", "age_years=years")
    assert (
        run("models", "update", "panss_p2_n5_g9", cohort_dir, "-o", tmp_path / "three", *extended).code == 2
    )
