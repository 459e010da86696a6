"""Genetic types, exploratory: a rule on two dopamine genes, and hidden classes of response by genotype.

Nobody has published a classifier that holds; a systematic review found no gene that survived correction.
What is here is a template for one's own data, with a null to hold it against, and no advice for a patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from scipy import stats

from opentrs.cohort.days import settle
from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, StudySettings
from opentrs.messages import text
from opentrs.reference.load import facts
from opentrs.stats.latent_class_regression import (
    LatentClassRegression,
    RegressionData,
    Slopes,
    as_regression_data,
    fit_latent_class_regression,
    permutation_test,
)
from opentrs.stats.refusal import CannotFitError
from opentrs.subtype.ascertained import ascertained, lang_of, share_by_group, verdicts
from opentrs.subtype.parts import Labelled, Part, PartResult, PartSkipped

LOW_DOPAMINE, OTHER, UNKNOWN = "low_dopamine", "other", "unknown"
UNASSIGNED = "unassigned"
ASSIGNED_FROM = 0.7
GRADE = "low"
HYPOTHESIS = "10.3389/fpsyt.2023.1334335"
REVIEW = "10.1186/s12888-016-1177-y"
PERMUTATIONS = 199
FEWEST_PEOPLE = 60
NAME_COLUMNS = ("variant_names", "allele_names")
MODELS: tuple[tuple[int, Slopes], ...] = ((1, "none"), (1, "own"), (2, "shared"), (2, "own"))


def run(cohort: Cohort, results: Results, settings: StudySettings, labelled: Labelled) -> PartResult:
    """Answer the rule for everybody with calls, and look for hidden classes of response.

    Raises
    ------
    PartSkipped : none of the variants of the rule was called
    """
    lang = lang_of(settings)
    calls = high_alleles(cohort.table("genotype_calls"))
    rule = low_dopamine(calls).execute().sort_values(["person_id", "rule"], ignore_index=True)
    if rule.empty:
        raise PartSkipped(text("genetic.no_variant", lang))
    known = verdicts(results, settings)
    # Shares are those of patients; controls keep their answer in the table.
    labels = rule.merge(known[known["verdict"] != "not_applicable"], on="person_id", how="inner")
    groups = pd.concat(
        [
            share_by_group(rows, "type", LOW_DOPAMINE).assign(rule=name)
            for name, rows in labels.groupby("rule", sort=True)
        ]
        or [share_by_group(labels, "type", LOW_DOPAMINE).assign(rule="")],
        ignore_index=True,
    )
    tables = {"genetic_rule": _rule_frame(rule), "genetic_rule_groups": groups}
    courses = ascertained(results, settings).tables["courses"]
    classes, more = response_classes(calls.execute(), courses, settings)
    tables |= more | {"genetic_classes": classes}
    return PartResult(tables=tables, findings=_findings(groups, classes))


def high_alleles(calls: ir.Table) -> ir.Table:
    """Count the high-activity alleles of each recognised call.

    Parameters
    ----------
    calls : ``genotype_calls``

    Returns
    -------
    person_id, gene, variant, genotype (alleles by their usual names), n_high (0, 1, 2; NULL where an allele
    is blank or none of the two known)
    """
    rows = [
        {"variant_text": variant, "allele_text": allele.strip().lower(), "variant": row["variant"],
         "gene": row["gene"], "allele": row["allele"], "is_high": int(row["activity"] == "high")}
        for row in facts("genotype_activity")
        for variant, allele in product(*(str(row[names]).split(";") for names in NAME_COLUMNS))
    ]  # fmt: skip
    names = ibis.memtable(pd.DataFrame(rows))
    variants = names.select("variant_text", "variant", "gene").distinct()
    read = calls.mutate(
        variant_text=calls.variant.strip().lower(),
        first=calls.allele_1.strip().lower(),
        second=calls.allele_2.strip().lower(),
    ).drop("variant")
    found = read.inner_join(variants, "variant_text")
    for side in ("first", "second"):
        alleles = names.select(
            "variant_text", **{side: names.allele_text, f"{side}_allele": names.allele,
                               f"{side}_high": names.is_high}
        )  # fmt: skip
        found = found.left_join(alleles, ["variant_text", side]).drop("variant_text_right", f"{side}_right")
    found = settle(found)
    high = found.first_high + found.second_high
    ordered = ibis.ifelse(
        found.first_high >= found.second_high,
        found.first_allele + "/" + found.second_allele,
        found.second_allele + "/" + found.first_allele,
    )
    return settle(found.select("person_id", "gene", "variant", genotype=ordered, n_high=high.cast("int64")))


def low_dopamine(calls: ir.Table) -> ir.Table:
    """High COMT with high SLC6A3 activity: both copies of both genes of the high-activity form.

    Parameters
    ----------
    calls : from :func:`high_alleles`

    Returns
    -------
    person_id, rule (the two variants), comt_genotype, slc6a3_genotype, comt_high, slc6a3_high (yes TRUE, no
    FALSE, unknown NULL), type (low_dopamine, other, unknown); one row per person and SLC6A3 variant on record
    """
    comt = calls.filter(calls.gene == "COMT").select(
        "person_id", comt_variant="variant", comt_genotype="genotype", comt_high=calls.n_high == 2
    )
    slc6a3 = calls.filter(calls.gene == "SLC6A3").select(
        "person_id", slc6a3_variant="variant", slc6a3_genotype="genotype", slc6a3_high=calls.n_high == 2
    )
    people = comt.select("person_id").union(slc6a3.select("person_id")).distinct()
    pairs = comt.select("comt_variant").distinct().cross_join(slc6a3.select("slc6a3_variant").distinct())
    asked = settle(people.cross_join(pairs))
    joined = asked.left_join(comt, ["person_id", "comt_variant"])
    joined = joined.drop("person_id_right", "comt_variant_right")
    joined = joined.left_join(slc6a3, ["person_id", "slc6a3_variant"])
    joined = joined.drop("person_id_right", "slc6a3_variant_right")
    both = joined.comt_high & joined.slc6a3_high
    kind = ibis.cases((both, LOW_DOPAMINE), (~both, OTHER), else_=UNKNOWN)
    return settle(
        joined.select(
            "person_id", "comt_genotype", "slc6a3_genotype", "comt_high", "slc6a3_high",
            rule=joined.comt_variant + " x " + joined.slc6a3_variant, type=kind,
        )
    )  # fmt: skip


def _rule_frame(rule: pd.DataFrame) -> pd.DataFrame:
    checked = {f"rs4680 x {row['variant']}": str(row["checked"]) for row in facts("genotype_activity")}
    columns = ["person_id", "rule", "type", "comt_genotype", "slc6a3_genotype"]
    return rule[columns].assign(
        evidence_grade=GRADE, source=HYPOTHESIS, checked=rule["rule"].map(checked).fillna("unverified")
    )


def response_classes(
    calls: pd.DataFrame, courses: pd.DataFrame, settings: StudySettings
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Hidden classes of people in whom response depends on genotype differently.

    Parameters
    ----------
    calls : person_id, variant, n_high
    courses : of the first stage; response is a person's mean symptom reduction over courses without clozapine

    Returns
    -------
    table of the models tried, and tables of the chosen one (``genetic_effects``, ``genetic_members``)
    """
    lang = lang_of(settings)
    people, data, names = _regression_data(calls, courses)
    columns = {
        "outcome": "symptom_reduction_percent", "n": len(people), "variants": ";".join(names),
        "evidence_grade": GRADE, "source": REVIEW,
    }  # fmt: skip
    fitted: list[LatentClassRegression] = []
    try:
        if len(people) < FEWEST_PEOPLE:
            raise CannotFitError("few_people", n=len(people), needed=FEWEST_PEOPLE, classes=2)
        fitted = [
            fit_latent_class_regression(data, number, slopes=slopes, seed=settings.seed)
            for number, slopes in MODELS
        ]
        test = permutation_test(data, permutations=PERMUTATIONS, seed=settings.seed)
    except CannotFitError as refused:
        empty = pd.DataFrame([columns | {"chosen": "", "reason": refused.sentence(lang)}])
        return empty.reindex(columns=CLASS_COLUMNS), {}
    best = min(fitted, key=lambda one: one.bic)
    rows = [
        columns | {
            "n_classes": one.n_classes, "slopes": one.slopes, "log_likelihood": one.log_likelihood,
            "n_parameters": one.n_parameters, "bic": one.bic, "entropy": one.entropy,
            "starts_agreeing": one.n_agreeing, "starts": one.n_starts,
            "permutation_p": test.p_value if (one.n_classes, one.slopes) == (2, "own") else np.nan,
            "permutations": test.permutations, "chosen": "yes" if one is best else "no", "reason": "",
            "method": text("genetic.method", lang),
        }
        for one in fitted
    ]  # fmt: skip
    frame = pd.DataFrame(rows).reindex(columns=CLASS_COLUMNS)
    return frame, {"genetic_effects": _effects(best, names), "genetic_members": _members(best, data, people)}


CLASS_COLUMNS = [
    "n_classes", "slopes", "log_likelihood", "n_parameters", "bic", "entropy", "starts_agreeing", "starts",
    "permutation_p", "permutations", "chosen", "outcome", "variants", "n", "evidence_grade", "source",
    "method", "reason",
]  # fmt: skip


def _regression_data(
    calls: pd.DataFrame, courses: pd.DataFrame
) -> tuple[list[str], RegressionData, list[str]]:
    """People with every called variant and a measured response; variants that do not vary are left out."""
    counts = calls.pivot_table(index="person_id", columns="variant", values="n_high", aggfunc="first")
    told = courses[(courses["is_clozapine"] == "no") & courses["symptom_reduction_percent"].notna()]
    response = told.groupby("person_id")["symptom_reduction_percent"].mean()
    # A variant few people were typed for would cost most of the others.
    counts = counts.loc[:, counts.notna().mean() >= 0.5] if len(counts) else counts
    joined = counts.join(response.rename("response"), how="inner").dropna().sort_index()
    names = [str(name) for name in counts.columns if joined[name].nunique() > 1]
    predictors = joined[names].to_numpy(float).reshape(len(joined), len(names))
    data, _ = as_regression_data(predictors, joined["response"].to_numpy(float))
    return [str(person) for person in joined.index], data, names


def _effects(model: LatentClassRegression, names: Sequence[str]) -> pd.DataFrame:
    """Share of each class and, for each variant, points of symptom reduction per high-activity allele."""
    half = float(stats.norm.ppf(0.975))
    rows = []
    for k, share in enumerate(model.share_intervals):
        for j, name in enumerate(names):
            slope = float(model.coefficients[k, j])
            error = np.nan if model.coefficient_errors is None else float(model.coefficient_errors[k, j])
            rows.append((k + 1, share.estimate, share.low, share.high, name, slope, slope - half * error,
                         slope + half * error, float(model.intercepts[k]), model.n_people))  # fmt: skip
    columns = [
        "class", "share", "share_low", "share_high", "variant", "slope", "ci_low", "ci_high", "intercept",
        "n",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).assign(
        unit="percentage points of symptom reduction per allele", method="observed information",
        evidence_grade=GRADE,
    )  # fmt: skip


def _members(model: LatentClassRegression, data: RegressionData, people: Sequence[str]) -> pd.DataFrame:
    posterior = model.posterior(data)
    top = posterior.argmax(axis=1)
    sure = posterior.max(axis=1) >= ASSIGNED_FROM
    labels = [str(k + 1) if is_sure else UNASSIGNED for k, is_sure in zip(top, sure, strict=True)]
    frame = pd.DataFrame({"person_id": list(people), "class": labels})
    for k in range(model.n_classes):
        frame[f"p_class_{k + 1}"] = posterior[:, k]
    return frame.assign(evidence_grade=GRADE)


def _findings(groups: pd.DataFrame, classes: pd.DataFrame) -> tuple[Finding, ...]:
    shares = [
        Finding(
            stage="subtype", name=f"genetic.low_dopamine.{row['rule']}.{row['group']}",
            estimate=None if pd.isna(row["share"]) else float(row["share"]),
            low=None if pd.isna(row["ci_low"]) else float(row["ci_low"]),
            high=None if pd.isna(row["ci_high"]) else float(row["ci_high"]),
            n=int(row["n"]), unit=str(row["unit"]), method=str(row["method"]), source=HYPOTHESIS,
            note=f"exploratory, evidence grade {GRADE}; {row['unknown']} unknown",
        )
        for row in groups.to_dict("records")
    ]  # fmt: skip
    chosen = classes[classes["chosen"] == "yes"]
    tested = classes["permutation_p"].dropna()
    if chosen.empty:
        return tuple(shares)
    number = Finding(
        stage="subtype", name="genetic.classes", estimate=float(chosen["n_classes"].iloc[0]), low=None,
        high=None, n=int(chosen["n"].iloc[0]), unit="classes",
        method="latent class regression, smallest BIC", source=REVIEW,
        note=f"exploratory, evidence grade {GRADE}; genotype unrelated to response: permutation p "
             f"{tested.iloc[0]:.3f}",
    )  # fmt: skip
    return (*shares, number)


PART = Part("genetic_types", needs=frozenset({"genotype_calls"}), run=run)
