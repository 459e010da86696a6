"""Every command with its options and help text; what a command does is in :mod:`opentrs.cli.runs`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from opentrs import __version__
from opentrs.cli import evidence, models, power
from opentrs.cli.options import Debug, Lang, Language
from opentrs.cli.outcome import outcome

app = typer.Typer(
    name="opentrs",
    help="Open software for the five questions of treatment-resistant schizophrenia. "
    "Research software and decision support; not a medical device.",
    epilog="Exit codes: 0 done; 1 a fault of OpenTRS itself; 2 wrong usage; 3 the input has problems (they "
    "are listed); 4 a stage failed; 5 verify found a changed file; 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(evidence.app, name="evidence")
app.add_typer(models.app, name="models")
app.add_typer(power.app, name="power")


class Form(StrEnum):
    """Forms in which a simulated cohort can be written."""

    csv = "csv"
    omop = "omop"
    bids = "bids"


class Way(StrEnum):
    """Ways to bring sites to one scale."""

    none = "none"
    combat = "combat"
    gam = "gam"
    longitudinal = "longitudinal"


class LearnFrom(StrEnum):
    """People from whom it is learnt what a site does."""

    controls = "controls"
    all = "all"


CohortPath = Annotated[Path, typer.Argument(metavar="COHORT", help="Folder with the cohort's tables.")]
Out = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="OUT",
        help="Folder for the results: a new or empty one, or that of an earlier run, which is replaced.",
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Mapping of the site's own file and column names, instead of cohort.toml in the folder.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of every random draw.")]
Parts = Annotated[
    str,
    typer.Option(
        "--part", metavar="PARTS", help="Parts of the mechanism stage, joined by commas (default: all)."
    ),
]
Harmonise = Annotated[
    Way,
    typer.Option(
        "--harmonise",
        metavar="none|combat|gam|longitudinal",
        help="Compare groups on harmonised scans as well, beside the main model in which sites are "
        "covariates: ComBat, with a curve of age (gam), or over repeated scans (longitudinal).",
    ),
]
HarmoniseFrom = Annotated[
    LearnFrom,
    typer.Option(
        "--harmonise-from",
        metavar="controls|all",
        help="Whom sites are learnt from: controls, or everybody with the group kept.",
    ),
]
BrainNorms = Annotated[
    str,
    typer.Option(
        "--brain-norms",
        metavar="own|none|FILE",
        help="Place each scan among healthy people of the same age, sex and site: the cohort's own controls, "
        "or those of another run (its documents/brain_norms.json).",
    ),
]
Surfaces = Annotated[
    Path | None,
    typer.Option(
        "--surfaces",
        metavar="DIR",
        help="Folder of maps of the cortical surface (GIFTI or MGH), one a person and side "
        "(default: surfaces in the cohort's folder).",
    ),
]
SurfaceHtml = Annotated[
    bool,
    typer.Option(
        "--surface-html",
        help="Also write figures/mechanism/surface_left.html and surface_right.html: the vertices compared, "
        "on a surface that can be turned, offline (needs the extra imaging and maps on fsaverage5).",
    ),
]
KeepGoing = Annotated[
    bool,
    typer.Option("--keep-going", help="Leave rows with errors out, list them in the report, and go on."),
]
AggregateOnly = Annotated[
    bool,
    typer.Option(
        "--aggregate-only",
        help="Write nothing about single people; withhold counts below 10 so that no subtraction gives them.",
    ),
]
Person = Annotated[
    list[str] | None,
    typer.Option(
        "--person", metavar="ID", help="Add a section about this person; may be given several times."
    ),
]
DoseKey = Annotated[
    str | None,
    typer.Option(
        "--dose-key",
        metavar="KEY",
        help="Published dose-equivalence table that decides (default: leucht2016_ddd). The report names it "
        "and shows who changes under another.",
    ),
]
Definition = Annotated[
    list[Path] | None,
    typer.Option(
        "--definition",
        metavar="FILE",
        help="Your own definition of resistance (TOML, like the shipped ones); may be given several times.",
    ),
]
Types = Annotated[
    Path | None,
    typer.Option(
        "--types",
        metavar="FILE",
        help="Your own rule of the clinical types (TOML, like the shipped types.toml); what it leaves out is "
        "as shipped.",
    ),
]
Norms = Annotated[
    Path | None,
    typer.Option(
        "--norms",
        metavar="FILE",
        help="Your own norms of the symptom domains (CSV, like tables/subtype/norms.csv of a run), instead "
        "of the shipped ones or the cohort's own.",
    ),
]
DopamineThresholds = Annotated[
    Path | None,
    typer.Option(
        "--dopamine-thresholds",
        metavar="FILE",
        help="Thresholds of dopamine function you state, each with its source (TOML: [[threshold]] with "
        "region, tracer, scale, hypo_below, hyper_above, source). Without them nobody is labelled.",
    ),
]


@app.callback(invoke_without_command=True)
def _top(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        typer.echo(f"opentrs {__version__}")
        raise typer.Exit


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the cohort and the report.")
    ] = Path("opentrs-demo"),
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Simulate a cohort, run the whole study on it and print the path of the report."""
    with outcome(lang.value, debug):
        from opentrs.cli import runs

        typer.echo(str(runs.demo(out, lang.value)))


@app.command()
def check(
    cohort: CohortPath,
    config: Config = None,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Read a cohort and list every problem by file, line and column, in one go."""
    with outcome(lang.value, debug):
        from opentrs.cli import runs

        runs.check(cohort, config, lang.value)


@app.command()
def study(
    cohort: CohortPath,
    out: Out,
    only: Annotated[
        str, typer.Option("--only", metavar="STAGES", help="Stages to run, joined by commas (default: all).")
    ] = "",
    part: Parts = "",
    harmonise: Harmonise = Way.none,
    harmonise_from: HarmoniseFrom = LearnFrom.controls,
    brain_norms: BrainNorms = "own",
    surfaces: Surfaces = None,
    surface_html: SurfaceHtml = False,
    config: Config = None,
    lang: Language = Lang.en,
    seed: Seed = 1,
    keep_going: KeepGoing = False,
    aggregate_only: AggregateOnly = False,
    person: Person = None,
    dose_key: DoseKey = None,
    definition: Definition = None,
    types: Types = None,
    norms: Norms = None,
    dopamine_thresholds: DopamineThresholds = None,
    debug: Debug = False,
) -> None:
    """Run the study on a cohort and write the report, the tables and the record of the run."""
    with outcome(lang.value, debug, rows_can_stay_out=True):
        from opentrs.cli import runs

        request = runs.Request(
            "study",
            cohort,
            out,
            lang.value,
            seed=seed,
            only=runs.names(only),
            parts=runs.names(part),
            harmonise=harmonise.value,
            harmonise_from=harmonise_from.value,
            brain_norms=brain_norms,
            surfaces=surfaces,
            surface_html=surface_html,
            config=config,
            keep_going=keep_going,
            aggregate_only=aggregate_only,
            people=tuple(person or ()),
            dose_key=dose_key,
            definitions=tuple(definition or ()),
            types=types,
            norms=norms,
            dopamine_thresholds=dopamine_thresholds,
        )
        typer.echo(str(runs.study(request)))


@app.command()
def ascertain(
    cohort: CohortPath,
    out: Out,
    config: Config = None,
    lang: Language = Lang.en,
    seed: Seed = 1,
    keep_going: KeepGoing = False,
    aggregate_only: AggregateOnly = False,
    person: Person = None,
    dose_key: DoseKey = None,
    definition: Definition = None,
    debug: Debug = False,
) -> None:
    """Who is treatment-resistant: that stage alone, with the same output as study."""
    with outcome(lang.value, debug, rows_can_stay_out=True):
        from opentrs.cli import runs

        request = runs.Request(
            "ascertain",
            cohort,
            out,
            lang.value,
            seed=seed,
            only=("ascertain",),
            config=config,
            keep_going=keep_going,
            aggregate_only=aggregate_only,
            people=tuple(person or ()),
            dose_key=dose_key,
            definitions=tuple(definition or ()),
        )
        typer.echo(str(runs.study(request)))


@app.command()
def subtype(
    cohort: CohortPath,
    out: Out,
    config: Config = None,
    lang: Language = Lang.en,
    seed: Seed = 1,
    keep_going: KeepGoing = False,
    aggregate_only: AggregateOnly = False,
    person: Person = None,
    dose_key: DoseKey = None,
    definition: Definition = None,
    types: Types = None,
    norms: Norms = None,
    dopamine_thresholds: DopamineThresholds = None,
    debug: Debug = False,
) -> None:
    """Which clinical type of resistance: that stage and the one it needs, with the same output as study."""
    with outcome(lang.value, debug, rows_can_stay_out=True):
        from opentrs.cli import runs

        request = runs.Request(
            "subtype",
            cohort,
            out,
            lang.value,
            seed=seed,
            only=("subtype",),
            config=config,
            keep_going=keep_going,
            aggregate_only=aggregate_only,
            people=tuple(person or ()),
            dose_key=dose_key,
            definitions=tuple(definition or ()),
            types=types,
            norms=norms,
            dopamine_thresholds=dopamine_thresholds,
        )
        typer.echo(str(runs.study(request)))


@app.command()
def mechanism(
    cohort: CohortPath,
    out: Out,
    part: Parts = "",
    harmonise: Harmonise = Way.none,
    harmonise_from: HarmoniseFrom = LearnFrom.controls,
    brain_norms: BrainNorms = "own",
    surfaces: Surfaces = None,
    surface_html: SurfaceHtml = False,
    config: Config = None,
    lang: Language = Lang.en,
    seed: Seed = 1,
    keep_going: KeepGoing = False,
    aggregate_only: AggregateOnly = False,
    dose_key: DoseKey = None,
    definition: Definition = None,
    types: Types = None,
    norms: Norms = None,
    debug: Debug = False,
) -> None:
    """What the brain shows in resistance: that stage and those it needs, with the same output as study."""
    with outcome(lang.value, debug, rows_can_stay_out=True):
        from opentrs.cli import runs

        request = runs.Request(
            "mechanism",
            cohort,
            out,
            lang.value,
            seed=seed,
            only=("mechanism",),
            parts=runs.names(part),
            harmonise=harmonise.value,
            harmonise_from=harmonise_from.value,
            brain_norms=brain_norms,
            surfaces=surfaces,
            surface_html=surface_html,
            config=config,
            keep_going=keep_going,
            aggregate_only=aggregate_only,
            dose_key=dose_key,
            definitions=tuple(definition or ()),
            types=types,
            norms=norms,
        )
        typer.echo(str(runs.study(request)))


@app.command()
def treat(
    cohort: CohortPath,
    out: Out,
    config: Config = None,
    lang: Language = Lang.en,
    seed: Seed = 1,
    keep_going: KeepGoing = False,
    aggregate_only: AggregateOnly = False,
    person: Person = None,
    dose_key: DoseKey = None,
    definition: Definition = None,
    types: Types = None,
    norms: Norms = None,
    debug: Debug = False,
) -> None:
    """What helps for each person's type: that stage and those it needs, with the same output as study."""
    with outcome(lang.value, debug, rows_can_stay_out=True):
        from opentrs.cli import runs

        request = runs.Request(
            "treat",
            cohort,
            out,
            lang.value,
            seed=seed,
            only=("treat",),
            config=config,
            keep_going=keep_going,
            aggregate_only=aggregate_only,
            people=tuple(person or ()),
            dose_key=dose_key,
            definitions=tuple(definition or ()),
            types=types,
            norms=norms,
        )
        typer.echo(str(runs.study(request)))


@app.command()
def predict(
    cohort: CohortPath,
    out: Out,
    thorough: Annotated[
        bool,
        typer.Option(
            "--thorough",
            help="Repeat the folds, impute several times, add gradient boosting and a stack as challengers, "
            "and run the shuffled-outcome alarm a hundred times. Takes many times longer.",
        ),
    ] = False,
    repeats: Annotated[
        int, typer.Option("--repeats", min=0, metavar="N", help="Times the folds are drawn (0: as usual).")
    ] = 0,
    jobs: Annotated[int, typer.Option("--jobs", min=1, metavar="N", help="Processes to run in.")] = 1,
    config: Config = None,
    lang: Language = Lang.en,
    seed: Seed = 1,
    keep_going: KeepGoing = False,
    aggregate_only: AggregateOnly = False,
    person: Person = None,
    dose_key: DoseKey = None,
    definition: Definition = None,
    debug: Debug = False,
) -> None:
    """Could it have been known early: that stage and the one it needs, with the same output as study."""
    with outcome(lang.value, debug, rows_can_stay_out=True):
        from opentrs.cli import runs

        request = runs.Request(
            "predict",
            cohort,
            out,
            lang.value,
            seed=seed,
            only=("predict",),
            config=config,
            keep_going=keep_going,
            aggregate_only=aggregate_only,
            people=tuple(person or ()),
            dose_key=dose_key,
            definitions=tuple(definition or ()),
            thorough=thorough,
            repeats=repeats,
            jobs=jobs,
        )
        typer.echo(str(runs.study(request)))


@app.command()
def link(
    cohort: CohortPath,
    out: Out,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SCALE",
            help="Scale to link, such as BPRS-18; goes with --to. Totals are linked.",
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="SCALE", help="Scale to link it to, such as PANSS or CGI-S.")
    ] = None,
    derive: Annotated[
        bool,
        typer.Option("--derive", help="Take the BPRS-18 from the PANSS items, where nobody rated it itself."),
    ] = False,
    config: Config = None,
    lang: Language = Lang.en,
    seed: Seed = 1,
    keep_going: KeepGoing = False,
    aggregate_only: AggregateOnly = False,
    debug: Debug = False,
) -> None:
    """Convert ratings by published links; with --from and --to, make a linking table from your own pairs."""
    with outcome(lang.value, debug, rows_can_stay_out=True):
        from opentrs.cli import linking

        request = linking.LinkRequest(
            cohort, out, lang.value, from_, to, derive, seed, config, keep_going, aggregate_only
        )
        typer.echo(str(linking.link(request)))


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New or empty folder for the cohort.")],
    people: Annotated[int, typer.Option("--people", min=1, metavar="N", help="Number of people.")],
    seed: Seed = 1,
    with_: Annotated[
        str,
        typer.Option(
            "--with",
            metavar="KINDS",
            help="Further kinds of data, joined by commas: distress, hamd, pet, genetics, supersensitivity, "
            "cortex, subcortex, tracts, perfusion, metabolism, spectroscopy, retest_noise.",
        ),
    ] = "",
    as_: Annotated[
        Form, typer.Option("--as", metavar="csv|omop|bids", help="Form of the tables.")
    ] = Form.csv,
    controls: Annotated[
        float | None,
        typer.Option(
            "--controls", min=0, max=1, metavar="SHARE", help="Share of people without psychosis, 0 to 1."
        ),
    ] = None,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Write a made-up cohort of which the truth is known, for examples, tests and power."""
    with outcome(lang.value, debug):
        from opentrs.cli import runs

        runs.simulate(folder, people, seed, runs.names(with_), as_.value, lang.value, controls)
        typer.echo(str(folder))


@app.command()
def verify(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a finished run.")],
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Recompute the hashes of a finished run and name every file that changed."""
    with outcome(lang.value, debug):
        from opentrs.cli import runs

        runs.verify(out, lang.value)
