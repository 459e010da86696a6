"""Arms in the field's long form, and an R script that reproduces the results with metafor and netmeta."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from opentrs.cohort.cells import neutralise
from opentrs.treat.comparisons import PoolChoices, study_contrasts
from opentrs.treat.files import MEASURES_OF_COUNTS, Evidence
from opentrs.treat.matching import Match

FOLDER = "export"
METAFOR_METHODS = {
    "fixed": "FE",
    "reml": "REML",
    "dl": "DL",
    "pm": "PM",
    "ml": "ML",
    "eb": "EB",
    "sj": "SJ",
    "he": "HE",
}
METAFOR_TESTS = {"z": "z", "hk": "knha", "hk_modified": "adhoc"}
NETMETA_METHODS = {"reml": "REML", "dl": "DL", "ml": "ML"}


def _csv(rows: Sequence[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _number(value: float) -> str:
    return repr(int(value)) if float(value).is_integer() else repr(float(value))


def exported(evidence: Evidence, choices: PoolChoices, network: bool) -> Mapping[str, str]:
    """Files to write: ``arms.csv`` (where there are arms), ``contrasts.csv`` and ``reproduce.R``."""
    files = {f"{FOLDER}/contrasts.csv": _contrasts(evidence, choices)}
    if evidence.arms:
        files[f"{FOLDER}/arms.csv"] = _arms(evidence, choices.measure)
    files[f"{FOLDER}/reproduce.R"] = network_script(choices) if network else pairwise_script(choices)
    return files


def _arms(evidence: Evidence, measure: str) -> str:
    counts = measure in MEASURES_OF_COUNTS
    rows: list[Sequence[object]] = [("studlab", "treat", "n", *(("event",) if counts else ("mean", "sd")))]
    for arm in evidence.arms:
        values = (arm.events,) if counts else (arm.mean, arm.sd)
        rows.append((neutralise(arm.study), neutralise(arm.treatment), *map(_number, (arm.n, *values))))
    return _csv(rows)


def _contrasts(evidence: Evidence, choices: PoolChoices) -> str:
    rows: list[Sequence[object]] = [("studlab", "treat1", "treat2", "TE", "seTE")]
    for one in study_contrasts(evidence, choices.measure):
        names = (neutralise(name) for name in (one.study, one.treat1, one.treat2))
        rows.append((*names, _number(one.estimate), _number(one.se)))
    return _csv(rows)


def pairwise_script(choices: PoolChoices) -> str:
    """R that pools every pair with metafor."""
    test = METAFOR_TESTS[choices.test]
    tight = (
        ""
        if choices.tau2 in ("fixed", "dl", "he", "sj")
        else ", control = list(threshold = 1e-10, maxiter = 1000)"
    )
    if choices.tau2 == "pm":
        tight = ", control = list(tol = 1e-12, maxiter = 1000)"
    reference = f'"{_quoted(choices.reference)}"' if choices.reference else "NULL"
    return f"""# Reproduces pooled.csv with metafor. Run it in this folder: Rscript reproduce.R
library(metafor)
d <- read.csv("contrasts.csv", stringsAsFactors = FALSE)
reference <- {reference}
# The reference comes second; else treatments are in alphabetical order.
swap <- d$treat1 > d$treat2
if (!is.null(reference)) {{
  swap[d$treat1 == reference] <- TRUE
  swap[d$treat2 == reference] <- FALSE
}}
d[swap, c("treat1", "treat2")] <- d[swap, c("treat2", "treat1")]
d$TE[swap] <- -d$TE[swap]
pairs <- split(d, paste(d$treat1, d$treat2, sep = " : "))
for (name in names(pairs)) {{
  one <- pairs[[name]]
  single <- nrow(one) == 1
  fit <- rma(yi = TE, sei = seTE, data = one,
             method = if (single) "FE" else "{METAFOR_METHODS[choices.tau2]}",
             test = if (single) "z" else "{test}"{tight})
  cat(name, "\\n")
  print(c(k = fit$k, estimate = c(fit$beta), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub,
          tau2 = fit$tau2, I2 = fit$I2), digits = 10)
}}
"""


def network_script(choices: PoolChoices) -> str:
    """R that fits the network, and its components, with netmeta."""
    fixed = choices.tau2 == "fixed"
    reference = f', reference.group = "{_quoted(choices.reference)}"' if choices.reference else ""
    model = "common = TRUE, random = FALSE" if fixed else "common = FALSE, random = TRUE"
    method = "" if fixed else f', method.tau = "{NETMETA_METHODS.get(choices.tau2, "REML")}"'
    good = "desirable" if choices.small_is_good else "undesirable"
    return f"""# Reproduces league.csv, pscores.csv and nodesplit.csv with netmeta (2.9 or later).
library(netmeta)
d <- read.csv("contrasts.csv", stringsAsFactors = FALSE)
net <- netmeta(TE, seTE, treat1, treat2, studlab, data = d, {model}{method}{reference})
print(net, digits = 8)
print(netrank(net, small.values = "{good}"), digits = 8)
print(netsplit(net), digits = 8)
print(decomp.design(net))
if (any(grepl("+", c(d$treat1, d$treat2), fixed = TRUE))) print(netcomb(net), digits = 8)
"""


def matched(found: Sequence[Match]) -> Mapping[str, str]:
    """Effects of every pooled option and an R script that pools them as OpenTRS does."""
    rows: list[Sequence[object]] = [("option", "view", "trial", "yi", "vi")]
    for one in found:
        for view in (one.found, one.as_given, one.undoubted):
            if view.pooled is None:
                continue
            data = view.pooled.data
            rows += [
                (one.option, view.view, trial, _number(y), _number(v))
                for trial, y, v in zip(view.trials, data.effects, data.variances, strict=True)
            ]
    script = """# Reproduces options.csv with metafor. Run it in this folder: Rscript reproduce.R
library(metafor)
d <- read.csv("effects.csv", stringsAsFactors = FALSE)
for (one in split(d, paste(d$option, d$view, sep = ", "))) {
  single <- nrow(one) == 1
  # "adhoc" is the form of Hartung-Knapp that is never narrower than the usual interval.
  fit <- rma(yi, vi, data = one, method = if (single) "FE" else "REML", test = if (single) "z" else "adhoc",
             control = list(threshold = 1e-10, maxiter = 1000))
  cat(one$option[1], one$view[1], "\\n")
  print(c(k = fit$k, effect = c(fit$beta), ci_low = fit$ci.lb, ci_high = fit$ci.ub), digits = 10)
}
"""
    return {f"{FOLDER}/effects.csv": _csv(rows), f"{FOLDER}/reproduce.R": script}


def long_arms(rows: Sequence[Mapping[str, object]]) -> str:
    """The arms of rows of evidence in long form; what is not public is empty."""
    header = (
        "studlab",
        "row",
        "treat",
        "target_symptom",
        "outcome",
        "time_weeks",
        "n",
        "event",
        "mean",
        "sd",
    )
    lines: list[Sequence[object]] = [header]
    for row in rows:
        for arm in ("1", "2"):
            shared = tuple(
                neutralise(str(row[name]))
                for name in ("trial", "row", f"arm{arm}", "target_symptom", "outcome")
            )
            numbers = (
                row["timepoint_weeks"],
                *(row[f"{name}{arm}"] for name in ("n", "events", "mean", "sd")),
            )
            lines.append((*shared, *(_known(value) for value in numbers)))
    return _csv(lines)


def _known(value: object) -> str:
    number = float(str(value))
    return "" if number != number else _number(number)


def _quoted(name: str | None) -> str:
    return (name or "").replace("\\", "\\\\").replace('"', '\\"')
