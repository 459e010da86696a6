"""``opentrs power``: its commands and options; what they do is in :mod:`opentrs.cli.power_runs`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from opentrs.cli.options import Debug, Lang, Language
from opentrs.cli.outcome import outcome

app = typer.Typer(
    name="power",
    help="How many people a study needs, by simulated cohorts beside the published formulas.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Measure(StrEnum):
    """Measures a study can be planned for."""

    c_statistic = "c_statistic"
    calibration_slope = "calibration_slope"
    net_benefit = "net_benefit"


class People(StrEnum):
    """Where the people of simulated cohorts come from."""

    normal = "normal"
    cohort = "cohort"


Out = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        help="Folder for the results: a new or empty one, or that of an earlier run, which is replaced.",
    ),
]
MetricOption = Annotated[
    Measure,
    typer.Option(
        "--metric",
        metavar="c_statistic|calibration_slope|net_benefit",
        help="Measure the study is planned for; net benefit is the standardised one, a share of the largest "
        "possible.",
    ),
]
Prevalence = Annotated[
    float | None,
    typer.Option("--prevalence", metavar="SHARE", help="Expected share with the outcome, above 0, below 1."),
]
Concordance = Annotated[
    float | None,
    typer.Option("--c", metavar="C", help="C statistic at the true risk, above 0.5, below 1."),
]
Threshold = Annotated[
    float, typer.Option("--threshold", metavar="RISK", help="Risk from which one would act (net benefit).")
]
Sizes = Annotated[
    str,
    typer.Option(
        "--sizes", metavar="N,N,...", help="Sizes of the simulated cohorts (default: around the size needed)."
    ),
]
Runs = Annotated[int, typer.Option("--runs", min=20, metavar="N", help="Simulated cohorts at each size.")]
PeopleFrom = Annotated[
    People,
    typer.Option(
        "--people-from",
        metavar="normal|cohort",
        help="normal: standard normal predictors of equal effect, so that the log odds are normal, with the "
        "stated prevalence and C; cohort: patients of opentrs simulate (onset age, family history, "
        "education, sex) with their true resistance; its C is planted and told.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of every random draw.")]
Jobs = Annotated[int, typer.Option("--jobs", min=1, metavar="N", help="Processes to run at once.")]
Resume = Annotated[
    Path | None,
    typer.Option(
        "--resume",
        metavar="FILE",
        help="File in which finished blocks of cohorts are kept: a run that was cut off goes on from there.",
    ),
]


@app.command()
def validate(
    out: Out,
    half_width: Annotated[
        float, typer.Option("--half-width", metavar="W", help="Half of the 95% interval that is wanted.")
    ],
    metric: MetricOption = Measure.c_statistic,
    prevalence: Prevalence = None,
    c: Concordance = None,
    threshold: Threshold = 0.2,
    sizes: Sizes = "",
    runs: Runs = 200,
    people_from: PeopleFrom = People.normal,
    seed: Seed = 1,
    jobs: Jobs = 1,
    resume: Resume = None,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """People needed to validate a model so precisely that an interval has a stated half-width."""
    with outcome(lang.value, debug):
        from opentrs.cli import power_runs

        request = power_runs.PowerRequest(
            "validation", metric.value, half_width, prevalence, c, 0, threshold, sizes, runs,
            people_from.value, seed, out, jobs, resume, lang.value,
        )  # fmt: skip
        typer.echo(str(power_runs.precision(request)))


@app.command()
def develop(
    out: Out,
    shortfall: Annotated[
        float,
        typer.Option(
            "--shortfall",
            metavar="S",
            help="What the fitted model may fall short of the true one on average: 1 minus the calibration "
            "slope, C lost, or net benefit lost.",
        ),
    ],
    predictors: Annotated[
        int, typer.Option("--predictors", min=1, metavar="N", help="Parameters of the model (normal people).")
    ] = 10,
    metric: MetricOption = Measure.calibration_slope,
    prevalence: Prevalence = None,
    c: Concordance = None,
    threshold: Threshold = 0.2,
    sizes: Sizes = "",
    runs: Runs = 200,
    people_from: PeopleFrom = People.normal,
    seed: Seed = 1,
    jobs: Jobs = 1,
    resume: Resume = None,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """People needed to develop a model (unpenalised logistic regression) that falls short by no more."""
    with outcome(lang.value, debug):
        from opentrs.cli import power_runs

        request = power_runs.PowerRequest(
            "development", metric.value, shortfall, prevalence, c, predictors, threshold, sizes, runs,
            people_from.value, seed, out, jobs, resume, lang.value,
        )  # fmt: skip
        typer.echo(str(power_runs.precision(request)))


@app.command()
def groups(
    out: Out,
    d: Annotated[
        float, typer.Option("--d", metavar="D", help="Difference of the means in standard deviations.")
    ],
    power: Annotated[float, typer.Option("--power", metavar="SHARE", help="Power that is wanted.")] = 0.8,
    ratio: Annotated[
        float,
        typer.Option("--ratio", metavar="R", help="People of the second group for one of the first."),
    ] = 1.0,
    level: Annotated[
        float, typer.Option("--level", metavar="P", help="Two-sided level of significance.")
    ] = 0.05,
    runs: Annotated[int, typer.Option("--runs", min=100, metavar="N", help="Simulated studies.")] = 2000,
    seed: Seed = 1,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """People needed to find a difference between two groups, such as resistant and responsive people."""
    with outcome(lang.value, debug):
        from opentrs.cli import power_runs

        request = power_runs.GroupRequest(d, power, ratio, level, runs, seed, out, lang.value)
        typer.echo(str(power_runs.groups(request)))
