"""The probability of each type, beside the rule: a mixture over the items of one instrument, severity apart.

It is fitted to one visit a person and predicts every visit. Which type a class is, the rule says, asked about
the ratings the class expects; nothing here decides a type of its own. Rule and probability are never merged.
"""

from __future__ import annotations

import zlib
from typing import cast

import ibis
import numpy as np
import pandas as pd

from opentrs.cohort.model import Cohort
from opentrs.cohort.results import Finding, Results, StudySettings
from opentrs.messages import Lang, text
from opentrs.stats.intervals import exact_proportion
from opentrs.stats.ordinal_mixture import (
    Candidate,
    Choice,
    Choosing,
    Mixture,
    MixtureError,
    as_items,
    choose_classes,
)
from opentrs.subtype.definition import UNKNOWN, TypeRules
from opentrs.subtype.domains import VISIT, domain_items, domain_states, wide_states
from opentrs.subtype.frames import day_word
from opentrs.subtype.parts import Labelled, Part, PartResult, PartSkipped
from opentrs.subtype.rule import labelled as label_by_rule
from opentrs.subtype.rule import with_choices

FEWEST_PEOPLE = 100
ASSIGNED_FROM = 0.7
UNASSIGNED = "unassigned"
CHOOSING = Choosing(most_classes=6, bootstraps=19, splits=10)
VALUE_COLUMNS = {
    "person_id": "string", "day": "int64", "scale": "string", "item": "string", "kind": "string",
    "low": "float64", "high": "float64", "value": "float64", "n_raters": "int64",
}  # fmt: skip
MIXTURE_COLUMNS = [
    "n_classes", "log_likelihood", "n_parameters", "bic", "entropy", "blrt_p", "stability_ari",
    "stability_low", "stability_high", "chosen", "scale", "n", "n_items", "n_starts", "n_at_best",
    "n_splits", "unit", "method", "note",
]  # fmt: skip


def run(cohort: Cohort, results: Results, settings: StudySettings, labelled: Labelled) -> PartResult:
    """Fit the mixture, give its classes types, and predict every visit on its instrument."""
    lang = cast(Lang, settings.lang)
    visits = labelled.visits.select(*VISIT, "scale", "type").execute()
    if visits.empty:
        raise PartSkipped(text("subtype_probability.nobody", lang))
    scale = most_used(visits, labelled.rules)
    table = rated_visits(labelled, scale)
    fitted_on = one_visit_each(visits[visits["scale"] == scale], table)
    if len(fitted_on) < FEWEST_PEOPLE:
        raise PartSkipped(
            text("subtype_probability.few_people", lang, needed=FEWEST_PEOPLE, scale=scale, n=len(fitted_on))
        )
    items = instrument_items(labelled.rules, scale)
    try:
        choice = chosen_mixture(fitted_on, items, settings.seed)
    except MixtureError as error:
        raise PartSkipped(
            text("subtype_probability.never_varies", lang, scale=scale, reason=str(error))
        ) from error
    classes = class_table(choice.chosen, items, labelled, scale)
    predicted = predictions(choice.chosen, table, classes["type"], labelled.rules)
    seen = predicted.merge(fitted_on.reset_index()[list(VISIT)], on=list(VISIT))
    side_by_side = seen.merge(visits[[*VISIT, "type"]], on=list(VISIT))
    counts = side_by_side.groupby(["type", "probable_type"], as_index=False).size()
    ratings = fitted_on[list(items["key"])].to_numpy(dtype=float)
    tables = {
        "mixture": mixture_table(choice, ratings, scale, lang),
        "mixture_classes": _described(classes, choice, labelled.rules, lang),
        "rule_and_probability": counts.rename(columns={"size": "n"}),
    }
    columns = predicted.assign(date=[day_word(day) for day in predicted["day"]]).drop(columns="day")
    return PartResult(tables, _findings(side_by_side, choice, labelled.rules, lang), columns)


def most_used(visits: pd.DataFrame, rules: TypeRules) -> str:
    """The instrument with which most people were labelled; the rule's order settles ties."""
    people = visits.groupby("scale")["person_id"].nunique()
    return max(rules.instruments, key=lambda name: (int(people.get(name, 0)), -rules.instruments.index(name)))


def instrument_items(rules: TypeRules, scale: str) -> pd.DataFrame:
    """The items of the rule's domains on an instrument, each once.

    Returns
    -------
    key (scale and item), scale, item, low, high
    """
    listed = domain_items(rules)
    mine = listed[(listed["item_set"] == rules.default.item_set) & (listed["instrument"] == scale)]
    once = mine.drop_duplicates(["scale", "item"])
    return once.assign(key=once["scale"] + " " + once["item"])[["key", "scale", "item", "low", "high"]]


def rated_visits(labelled: Labelled, scale: str) -> pd.DataFrame:
    """Whole-point ratings of every visit on an instrument, NaN where an item was not rated.

    Two raters' mean is taken to the nearest point, a half upward: the model knows no half points.

    Returns
    -------
    indexed by person_id and day, sorted, a column per item of :func:`instrument_items`
    """
    items = instrument_items(labelled.rules, scale)
    wanted = ibis.memtable(
        items[["scale", "item", "key"]], schema=dict.fromkeys(("scale", "item", "key"), "string")
    )
    rated = labelled.items.filter(labelled.items.value.notnull()).inner_join(wanted, ["scale", "item"])
    frame = rated.select(*VISIT, "key", "value").execute()
    wide = frame.pivot(index=list(VISIT), columns="key", values="value").reindex(columns=list(items["key"]))
    whole: pd.DataFrame = np.floor(wide.astype(float) + 0.5).sort_index()
    return whole


def one_visit_each(visits: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The last visit of each person that has a type; where none has, the last one.

    Parameters
    ----------
    visits : person_id, day, type; those labelled with the instrument
    table : from :func:`rated_visits`
    """
    rated = visits.merge(table.reset_index()[list(VISIT)], on=list(VISIT))
    rated = rated.assign(known=rated["type"] != UNKNOWN).sort_values(["person_id", "known", "day"])
    last = rated.groupby("person_id").tail(1)
    return table.loc[pd.MultiIndex.from_frame(last[list(VISIT)])]


def chosen_mixture(fitted_on: pd.DataFrame, items: pd.DataFrame, seed: int) -> Choice:
    """Choose the number of classes on one visit a person; items nobody was rated on are left out."""
    kept = items[fitted_on[list(items["key"])].notna().any().to_numpy()]
    lowest, highest = kept["low"].astype(int).tolist(), kept["high"].astype(int).tolist()
    ratings = as_items(fitted_on[list(kept["key"])].to_numpy(dtype=float), lowest, highest)
    own = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(b"subtype.probability"),))
    return choose_classes(ratings, own, "severity", CHOOSING, tuple(kept["key"]), tuple(lowest))


def class_table(model: Mixture, items: pd.DataFrame, labelled: Labelled, scale: str) -> pd.DataFrame:
    """The type the rule gives to the ratings each class expects, and its domains.

    Returns
    -------
    class (from 1), share, type, and a column of POMP for each domain of the rule
    """
    rules = labelled.rules
    known = items.set_index("key").loc[list(model.item_names)]
    n_classes, n_items = model.n_classes, len(known)
    names = [f"{number + 1:02d}" for number in range(n_classes)]
    frame = pd.DataFrame({
        "person_id": np.repeat(names, n_items), "day": 0, "kind": "item", "n_raters": 1,
        "value": model.expected().T.ravel(),
        **{name: np.tile(known[name], n_classes) for name in ("scale", "item", "low", "high")},
    })  # fmt: skip
    values = ibis.memtable(frame[list(VALUE_COLUMNS)], schema=VALUE_COLUMNS)
    states = domain_states(values, rules)
    states = states.filter((states.item_set == rules.default.item_set) & (states.instrument == scale))
    asked = with_choices(wide_states(states, rules), (rules.default,), labelled.norms, rules)
    types = label_by_rule(asked, rules).select("person_id", "type").execute()
    pomp = states.select("person_id", "domain", "pomp").execute()
    wide = pomp.pivot(index="person_id", columns="domain", values="pomp").reindex(columns=list(rules.domains))
    out = pd.DataFrame({"person_id": names, "class": range(1, n_classes + 1), "share": model.shares})
    out = out.merge(types, on="person_id", how="left").fillna({"type": UNKNOWN})
    return out.merge(wide.reset_index(), on="person_id", how="left").drop(columns="person_id")


def predictions(model: Mixture, table: pd.DataFrame, types: pd.Series, rules: TypeRules) -> pd.DataFrame:
    """The probability of each competing type at every visit, and the type it comes to.

    A single class tells no types apart: the probabilities are then unknown, and everybody is unassigned.

    Parameters
    ----------
    table : from :func:`rated_visits`
    types : type of each class

    Returns
    -------
    person_id, day, p_<domain> for each competing domain, probable_type
    """
    member = model.predict(table.to_numpy(dtype=float), list(table.columns)).probability
    by_type = pd.DataFrame(
        {name: member[:, (types == name).to_numpy()].sum(axis=1) for name in dict.fromkeys(types)}
    )
    best = by_type.idxmax(axis=1).where(by_type.max(axis=1) >= ASSIGNED_FROM, UNASSIGNED)
    found = table.index.to_frame(index=False)
    for name in rules.compete:
        found[f"p_{name}"] = by_type.get(name, 0.0)
    found["probable_type"] = best.astype("object")
    if model.n_classes == 1:
        found[[f"p_{name}" for name in rules.compete]] = np.nan
        found["probable_type"] = UNASSIGNED
    return found


def mixture_table(choice: Choice, ratings: np.ndarray, scale: str, lang: Lang) -> pd.DataFrame:
    """The table ``mixture``: one row per number of classes tried."""
    chosen = choice.chosen
    said = text(
        "subtype_probability.method",
        lang,
        items=len(chosen.item_names),
        starts=CHOOSING.effort.starts,
        bootstraps=CHOOSING.bootstraps,
        level=CHOOSING.level,
        splits=CHOOSING.splits,
    )
    one_class = text("subtype_probability.one_class", lang)
    rows = []
    for candidate in choice.candidates:
        is_chosen = candidate.n_classes == chosen.n_classes
        note = candidate.failure or (one_class if is_chosen and chosen.n_classes == 1 else "")
        rows.append(
            (candidate.n_classes, *_fit_cells(candidate, ratings), candidate.blrt_p, candidate.stability,
             candidate.stability_low, candidate.stability_high, "yes" if is_chosen else "no", scale,
             chosen.n_people, len(chosen.item_names), *_start_cells(candidate), candidate.n_splits, "nat",
             said, note)
        )  # fmt: skip
    return pd.DataFrame(rows, columns=MIXTURE_COLUMNS)


def _fit_cells(candidate: Candidate, ratings: np.ndarray) -> tuple[float | None, ...]:
    model = candidate.model
    if model is None:
        return None, None, None, None
    rated = ratings[:, ~np.isnan(ratings).all(axis=0)]
    return model.log_likelihood, model.n_parameters, model.bic, model.predict(rated).entropy


def _start_cells(candidate: Candidate) -> tuple[int | None, int | None]:
    return (candidate.model.n_starts, candidate.model.n_at_best) if candidate.model else (None, None)


def _described(classes: pd.DataFrame, choice: Choice, rules: TypeRules, lang: Lang) -> pd.DataFrame:
    said = text("subtype_probability.class_method", lang, rule=rules.id)
    return classes.assign(n=choice.chosen.n_people, unit="POMP", method=said)


def _findings(side: pd.DataFrame, choice: Choice, rules: TypeRules, lang: Lang) -> tuple[Finding, ...]:
    both = side[side["type"].isin(rules.compete) & side["probable_type"].isin(rules.compete)]
    same = exact_proportion(int((both["type"] == both["probable_type"]).sum()), len(both))
    agreement = Finding(
        stage="subtype", name="rule_and_probability_agreement", estimate=same.estimate, low=same.low,
        high=same.high, n=len(both), unit=text("unit.proportion", lang),
        method=text("subtype_probability.agreement_method", lang), source="10.1093/biomet/26.4.404",
    )  # fmt: skip
    row = choice.chosen_candidate
    stability = Finding(
        stage="subtype", name="mixture_stability", estimate=row.stability, low=row.stability_low,
        high=row.stability_high, n=choice.chosen.n_people, unit="ARI",
        method=text("subtype_probability.stability_method", lang, splits=row.n_splits),
        source="10.1007/BF01908075",
    )  # fmt: skip
    return agreement, stability


PART = Part("probability", frozenset({"ratings"}), run)
