"""``opentrs evidence``: its commands and options; what they do is in :mod:`opentrs.cli.evidence_runs`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from opentrs.cli.options import Debug, Lang, Language
from opentrs.cli.outcome import outcome

app = typer.Typer(
    name="evidence",
    help="The trial evidence base: what was tried for which symptom, pooled, rated and kept up to date.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Measure(StrEnum):
    """Effect measures."""

    OR = "OR"
    RR = "RR"
    RD = "RD"
    MD = "MD"
    SMD = "SMD"


class Tau2(StrEnum):
    """Estimators of the between-study variance; ``fixed`` takes it as 0."""

    reml = "reml"
    dl = "dl"
    pm = "pm"
    ml = "ml"
    eb = "eb"
    sj = "sj"
    he = "he"
    fixed = "fixed"


class IntervalTest(StrEnum):
    """How intervals of a pooled effect are made."""

    z = "z"
    hk = "hk"
    hk_modified = "hk_modified"


class Symptom(StrEnum):
    """Symptoms that can be asked for."""

    hallucination = "hallucination"
    delusion = "delusion"
    negative = "negative"
    depression = "depression"
    positive = "positive"
    total = "total"


FilePath = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="CSV with a row per arm (study, treatment, n, and events or mean and sd) or per comparison "
        "(study, treat1, treat2, estimate, se; logarithms for ratios).",
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        help="Folder for the results: a new or empty one, or that of an earlier run, which is replaced.",
    ),
]
MaybeOut = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="OUT", help="Folder for the tables, beside what is printed."),
]
MeasureOption = Annotated[
    Measure, typer.Option("--measure", metavar="OR|RR|RD|MD|SMD", help="Effect measure.")
]
Tau2Option = Annotated[
    Tau2,
    typer.Option(
        "--tau2",
        metavar="reml|dl|pm|ml|eb|sj|he|fixed",
        help="Estimator of the between-study variance; networks take reml, dl, ml and fixed.",
    ),
]
TestOption = Annotated[
    IntervalTest,
    typer.Option(
        "--test",
        metavar="z|hk|hk_modified",
        help="Intervals and tests: normal, Hartung-Knapp, or Hartung-Knapp never narrower than normal.",
    ),
]
Reference = Annotated[
    str | None,
    typer.Option("--reference", metavar="T", help="Treatment the others are compared with."),
]
SmallIsGood = Annotated[
    bool, typer.Option("--small-is-good", help="A low value is better; P-scores are turned accordingly.")
]
Interactions = Annotated[
    list[str] | None,
    typer.Option(
        "--interaction",
        metavar="A*B",
        help="Two components that may do more or less together than apart; may be given again.",
    ),
]
ExportR = Annotated[
    bool,
    typer.Option(
        "--export-r", help="Write the arms in long form and an R script that reproduces the results."
    ),
]
Decisions = Annotated[
    Path | None,
    typer.Option(
        "--decisions",
        metavar="FILE",
        help="Your decisions about doubted rows (CSV: row, decision, reason, by, date; a decision is accept, "
        "treat_as_se or exclude).",
    ),
]


@app.command("list")
def list_(
    symptom: Annotated[
        str | None, typer.Option("--symptom", metavar="S", help="Rows about this symptom only.")
    ] = None,
    option: Annotated[
        str | None, typer.Option("--option", metavar="O", help="Rows that add this component only, e.g. ect.")
    ] = None,
    decisions: Decisions = None,
    out: MaybeOut = None,
    export_r: ExportR = False,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """List the rows of the evidence base, with those whose numbers are not public, doubts and decisions."""
    with outcome(lang.value, debug):
        from opentrs.cli import evidence_runs

        evidence_runs.list_rows(symptom, option, decisions, out, export_r, lang.value)


@app.command()
def pool(
    file: FilePath,
    out: Out,
    measure: MeasureOption = Measure.SMD,
    tau2: Tau2Option = Tau2.reml,
    test: TestOption = IntervalTest.z,
    reference: Reference = None,
    small_is_good: SmallIsGood = False,
    export_r: ExportR = False,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Pool the trials of every pair of treatments in a file."""
    with outcome(lang.value, debug):
        from opentrs.cli import evidence_runs

        choices = (measure.value, tau2.value, test.value, reference, small_is_good)
        typer.echo(str(evidence_runs.pool(file, out, choices, export_r, lang.value)))


@app.command()
def network(
    file: FilePath,
    out: Out,
    measure: MeasureOption = Measure.SMD,
    tau2: Tau2Option = Tau2.reml,
    reference: Reference = None,
    small_is_good: SmallIsGood = False,
    interaction: Interactions = None,
    export_r: ExportR = False,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Network meta-analysis of a file; sums of treatments (a + b) also by component, in pieces too."""
    with outcome(lang.value, debug):
        from opentrs.cli import evidence_runs

        choices = (measure.value, tau2.value, "z", reference, small_is_good)
        typer.echo(str(evidence_runs.network(file, out, choices, interaction or (), export_r, lang.value)))


@app.command()
def match(
    symptom: Annotated[
        Symptom,
        typer.Option(
            "--symptom",
            metavar="hallucination|delusion|negative|depression|positive|total",
            help="Symptom asked about.",
        ),
    ],
    not_on_clozapine: Annotated[
        bool, typer.Option("--not-on-clozapine", help="The person takes no clozapine.")
    ] = False,
    decisions: Decisions = None,
    out: MaybeOut = None,
    export_r: ExportR = False,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """What helps for a symptom: options with effect, certainty and harms, or why too little is known."""
    with outcome(lang.value, debug):
        from opentrs.cli import evidence_runs

        evidence_runs.match(symptom.value, not not_on_clozapine, decisions, out, export_r, lang.value)


@app.command()
def add(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="CSV of new rows, with columns as evidence list -o writes them in trials.csv.",
        ),
    ],
    out: Out,
    date: Annotated[
        str, typer.Option("--date", metavar="YYYY-MM-DD", help="Date the snapshot bears; never the clock's.")
    ],
    base: Annotated[
        Path | None,
        typer.Option(
            "--base", metavar="FOLDER", help="An earlier snapshot to add to, instead of the shipped evidence."
        ),
    ] = None,
    decisions: Decisions = None,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Add rows to the evidence base, refit, and write what changed and why."""
    with outcome(lang.value, debug):
        from opentrs.cli import evidence_runs

        typer.echo(str(evidence_runs.add(file, out, base, date, decisions, lang.value)))
