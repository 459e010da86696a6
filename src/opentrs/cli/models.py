"""``opentrs models``: its commands and options; what they do is in :mod:`opentrs.cli.models_runs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from opentrs.cli.options import Debug, Lang, Language
from opentrs.cli.outcome import outcome as ending

app = typer.Typer(
    name="models",
    help="Published and own prediction models: what is known of them, and how they do on your people.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="Id of a shipped model (see models list), or a model document (JSON)."
    ),
]
Table = Annotated[
    Path,
    typer.Argument(
        metavar="TABLE",
        help="CSV, TSV, XLSX or Parquet with a row per person: predictors and, but for apply, the outcome. "
        "Or the folder of a cohort.",
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
Map = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="PREDICTOR=COLUMN",
        help="Column of a predictor, where the names differ; several times.",
    ),
]
Person = Annotated[
    str | None,
    typer.Option("--person", metavar="COLUMN", help="Column of the person's id (default: person_id)."),
]
Outcome = Annotated[
    str | None,
    typer.Option(
        "--outcome",
        metavar="NAME",
        help="Column of the yes-or-no outcome; for a cohort, the name of an outcome definition.",
    ),
]
EventIs = Annotated[
    str | None,
    typer.Option(
        "--event-is", metavar="VALUE", help="Value of the outcome that is the event (default: yes, 1)."
    ),
]
Time = Annotated[
    str | None,
    typer.Option("--time", metavar="COLUMN", help="Column of the time to the event or the end, in days."),
]
Event = Annotated[
    str | None,
    typer.Option(
        "--event", metavar="COLUMN", help="Column of what ended it: 0 censored, 1 event, 2 competing event."
    ),
]
Horizon = Annotated[
    float | None,
    typer.Option(
        "--horizon", min=0, metavar="DAYS", help="Day at which the risk is asked (default: the model's)."
    ),
]
Group = Annotated[
    list[str] | None,
    typer.Option(
        "--group", metavar="COLUMN", help="Show figures for each value as well, such as sex; several times."
    ),
]
Site = Annotated[
    str | None,
    typer.Option("--site", metavar="COLUMN", help="Column of the site; figures are pooled over its values."),
]
Missing = Annotated[
    list[str] | None,
    typer.Option(
        "--missing", metavar="CODE", help="Code that stands for unknown, such as -9999; several times."
    ),
]
UnitsConfirmed = Annotated[
    list[str] | None,
    typer.Option(
        "--units-confirmed",
        metavar="PREDICTOR",
        help="Go on although this predictor looks as if it were in another unit; several times.",
    ),
]
Landmark = Annotated[
    str | None,
    typer.Option(
        "--landmark", metavar="NAME", help="For a cohort: when the model is asked (default: the model's)."
    ),
]
Thresholds = Annotated[
    str,
    typer.Option(
        "--thresholds",
        metavar="FIRST:LAST:STEP",
        help="Risks at which people might be treated, for net benefit.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="N", help="Seed of every random draw.")]


@app.command("list")
def list_(lang: Language = Lang.en, debug: Debug = False) -> None:
    """List the shipped models: how well they did, on how many, how far to trust that, and what they need."""
    with ending(lang.value, debug):
        from opentrs.cli import models_runs

        models_runs.list_models(lang.value)


@app.command()
def show(model: Model, lang: Language = Lang.en, debug: Debug = False) -> None:
    """Show one model: predictors, terms, published performance, what is not public, and its check cases."""
    with ending(lang.value, debug):
        from opentrs.cli import models_runs

        models_runs.show(model, lang.value)


@app.command()
def validate(
    model: Model,
    table: Table,
    out: Out,
    map_: Map = None,
    person: Person = None,
    outcome: Outcome = None,
    event_is: EventIs = None,
    time: Time = None,
    event: Event = None,
    horizon: Horizon = None,
    group: Group = None,
    site: Site = None,
    missing: Missing = None,
    units_confirmed: UnitsConfirmed = None,
    landmark: Landmark = None,
    thresholds: Thresholds = "0.01:0.99:0.01",
    seed: Seed = 1,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Hold a model against your people: discrimination, calibration, net benefit, with intervals."""
    with ending(lang.value, debug):
        from opentrs.cli import models_runs

        request = models_runs.ModelRequest(
            model, table, out, lang.value, tuple(map_ or ()), person, outcome, event_is, time, event, horizon,
            tuple(group or ()), site, tuple(missing or ()), tuple(units_confirmed or ()), landmark, seed,
        )  # fmt: skip
        typer.echo(str(models_runs.validate_model(request, thresholds)))


@app.command()
def update(
    model: Model,
    table: Table,
    out: Out,
    map_: Map = None,
    extend: Annotated[
        list[str] | None,
        typer.Option(
            "--extend",
            metavar="COLUMN=UNIT",
            help="Column of numbers to extend the model by, with its unit; several times.",
        ),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(
            "--step",
            metavar="none|intercept|intercept_slope|reestimate|extend",
            help="Take this step, instead of the smallest the closed test allows.",
        ),
    ] = None,
    person: Person = None,
    outcome: Outcome = None,
    event_is: EventIs = None,
    time: Time = None,
    event: Event = None,
    horizon: Horizon = None,
    missing: Missing = None,
    units_confirmed: UnitsConfirmed = None,
    landmark: Landmark = None,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Update a model by as little as your people ask for, and write it as a new model document."""
    with ending(lang.value, debug):
        from opentrs.cli import models_runs

        request = models_runs.ModelRequest(
            model, table, out, lang.value, tuple(map_ or ()), person, outcome, event_is,
            time, event, horizon, missing=tuple(missing or ()),
            units_confirmed=tuple(units_confirmed or ()), landmark=landmark,
        )  # fmt: skip
        typer.echo(str(models_runs.update_model(request, tuple(extend or ()), step)))


@app.command("apply")
def apply_(
    model: Model,
    table: Table,
    out: Out,
    map_: Map = None,
    person: Person = None,
    missing: Missing = None,
    units_confirmed: UnitsConfirmed = None,
    landmark: Landmark = None,
    lang: Language = Lang.en,
    debug: Debug = False,
) -> None:
    """Apply a model to people: the risk of each where the model is valid for them, else the reason."""
    with ending(lang.value, debug):
        from opentrs.cli import models_runs

        request = models_runs.ModelRequest(
            model, table, out, lang.value, tuple(map_ or ()), person, missing=tuple(missing or ()),
            units_confirmed=tuple(units_confirmed or ()), landmark=landmark,
        )  # fmt: skip
        typer.echo(str(models_runs.apply_model(request)))
