"""Database tables -> the tables of the output folder, in its words, each label with its evidence."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import pandas as pd

from opentrs.ascertain.frames import answer_word, words
from opentrs.cohort.days import iso_date
from opentrs.measures.symptoms import NOW_DAY
from opentrs.messages import Lang, text
from opentrs.subtype.definition import UNKNOWN, Threshold, TypeRules
from opentrs.subtype.domains import VISIT, items_table
from opentrs.subtype.labels import NO_NORM, Steps

TYPE_COLUMNS = [
    "person_id", "date", "type", "depression", "review_type", "p_delusion", "p_hallucination", "p_negative",
    "margin", "flips", "scale", "norm", "rival",
]  # fmt: skip
PERSON_COLUMNS = [
    "person_id", "type", "persistent", "first_date", "last_date", "n_visits", "depression", "review_type",
    "verdict",
]  # fmt: skip
DOMAIN_COLUMNS = ["person_id", "date", "scale", "domain", "pomp", "z", "floor", "n_items", "n_rated"]
PROBABILITIES = ["p_delusion", "p_hallucination", "p_negative"]


def day_word(day: Any) -> str:
    """The date of a visit; empty where the record has none."""
    return "" if day == NOW_DAY else iso_date(day)


def domains_frame(domains: ir.Table) -> pd.DataFrame:
    """The table ``domains``: one row per visit, instrument and domain."""
    frame = domains.execute().sort_values([*VISIT, "scale", "domain"], ignore_index=True)
    frame = frame.assign(date=words(frame["day"], day_word), floor=words(frame["floor"]))
    kept: pd.DataFrame = frame[["day", *DOMAIN_COLUMNS]]
    return kept


def types_frame(
    visits: pd.DataFrame, flips: pd.DataFrame, domains: pd.DataFrame, items: pd.DataFrame, rules: TypeRules,
    lang: Lang,
) -> pd.DataFrame:  # fmt: skip
    """The table ``types``: one row per labelled visit, with its evidence in words.

    Parameters
    ----------
    visits : ``Steps.visits``, sorted by person and day
    flips : from :func:`opentrs.subtype.flips.flips`
    domains : from :func:`domains_frame`
    items : from :func:`rated_items_frame`
    """
    frame = visits.merge(flips, on=list(VISIT), how="left")
    frame = frame.assign(
        date=words(frame["day"], day_word),
        flips=frame["flips"].fillna(""),
        rival=frame["rival"].fillna(""),
        depression_basis=frame["depression_basis"].fillna(""),
        scale=frame["instrument"],
        probable_type="",
    )
    frame[PROBABILITIES] = float("nan")
    shown = domains[domains["domain"].isin(rules.domains)]
    pomp = shown.pivot(index=[*VISIT, "scale"], columns="domain", values="pomp")
    pomp = pomp.reindex(columns=list(rules.domains)).add_suffix("_pomp")
    frame = frame.merge(pomp.reset_index(), on=[*VISIT, "scale"], how="left")
    frame = frame.rename(columns={f"z_{name}": f"{name}_z" for name in rules.compete})
    frame["evidence"] = _evidence(frame, items, rules, lang)
    extra = [*pomp.columns, *(f"{name}_z" for name in rules.compete)]
    kept: pd.DataFrame = frame[[*TYPE_COLUMNS, *extra, "depression_basis", "probable_type", "evidence"]]
    return kept


def rated_items_frame(steps: Steps, rules: TypeRules) -> pd.DataFrame:
    """The rated items behind each label, joined to words: person_id, day, domain, items (``P1 5, P5 2``)."""
    items = items_table(rules)
    items = items.filter((items.item_set == rules.default.item_set) & items.domain.isin(rules.compete))
    rated = steps.values.filter(steps.values.value.notnull()).inner_join(items, ["scale", "item"])
    rated = rated.semi_join(steps.visits, [*VISIT, "instrument"])
    frame = rated.select(*VISIT, "domain", "item", "value", "position").execute()
    frame = frame.sort_values([*VISIT, "position"])
    frame["items"] = frame["item"] + " " + words(frame["value"], "{:g}".format)
    joined = frame.groupby([*VISIT, "domain"], sort=False)["items"].agg(", ".join)
    said: pd.DataFrame = joined.reset_index()
    return said


def _evidence(frame: pd.DataFrame, items: pd.DataFrame, rules: TypeRules, lang: Lang) -> list[str]:
    """What each label rests on: items, scores, cut-offs with their sources, the lead, the flips."""
    wide = items.pivot(index=list(VISIT), columns="domain", values="items")
    wide = frame[list(VISIT)].merge(wide.reset_index(), on=list(VISIT), how="left")
    domains = [_domain_phrases(frame, wide, name, lang) for name in rules.compete]
    floors = {scale: _floor(scale, rules, lang) for scale in frame["scale"].unique()}
    separator = text("subtype.evidence.list_separator", lang)
    no_norm = text("subtype.evidence.no_norm", lang)
    return [
        text(
            "subtype.evidence.label",
            lang,
            scale=scale,
            domains=separator.join(phrases),
            floor=floors[scale],
            norm=no_norm if norm == NO_NORM else norm,
            lead=lead,
            flips=flips,
        )
        for scale, norm, lead, flips, *phrases in zip(
            frame["scale"],
            frame["norm"],
            _lead_sentences(frame, rules, lang),
            _flip_sentences(frame, lang),
            *domains,
            strict=True,
        )
    ]


def _lead_sentences(frame: pd.DataFrame, rules: TypeRules, lang: Lang) -> list[str]:
    """By how much the first candidate leads the second, where there are two."""
    needs = _threshold(rules.margin, lang)
    no_rival, unknown = (text(f"subtype.evidence.{key}", lang) for key in ("no_rival", "unknown"))
    rivals = {name: text(f"subtype.domain.{name}", lang) for name in rules.compete}
    units = {normed: text(f"subtype.unit.{'sem' if normed else 'pomp'}", lang) for normed in (True, False)}
    return [
        (unknown if label == UNKNOWN else no_rival)
        if pd.isna(margin)
        else text(
            "subtype.evidence.lead",
            lang,
            margin=f"{margin:.2f}",
            unit=units[norm != NO_NORM],
            rival=rivals[rival],
            needs=needs,
        )
        for label, margin, norm, rival in zip(
            frame["type"], frame["margin"], frame["norm"], frame["rival"], strict=True
        )
    ]


def _flip_sentences(frame: pd.DataFrame, lang: Lang) -> list[str]:
    no_flip, no_label = (text(f"subtype.evidence.{key}", lang) for key in ("no_flip", "no_label"))
    return [
        text("subtype.evidence.flips", lang, flips=flips)
        if flips
        else (no_label if label == UNKNOWN else no_flip)
        for label, flips in zip(frame["type"], frame["flips"], strict=True)
    ]


def _domain_phrases(frame: pd.DataFrame, wide: pd.DataFrame, name: str, lang: Lang) -> list[str]:
    """One domain of every visit: its items, its score, and whether it is at the floor."""
    said = wide[name] if name in wide else pd.Series(None, index=wide.index, dtype="object")
    domain, nothing = text(f"subtype.domain.{name}", lang), text("subtype.evidence.not_rated", lang)
    return [
        text(
            f"subtype.evidence.domain_{_how_scored(pomp, z)}",
            lang,
            domain=domain,
            items=nothing if pd.isna(items) else items,
            pomp=f"{pomp:.0f}",
            z=f"{z:.2f}",
            floor=text(f"subtype.answer.{answer_word(floor)}", lang),
        )
        for items, pomp, z, floor in zip(
            said, frame[f"{name}_pomp"], frame[f"{name}_z"], frame[f"floor_{name}"], strict=True
        )
    ]


def _how_scored(pomp: float, z: float) -> str:
    if pd.isna(pomp):
        return "unscored"
    return "raw" if pd.isna(z) else "normed"


def _floor(scale: str, rules: TypeRules, lang: Lang) -> str:
    """The floor in words, with its cut-offs on the scale's items."""
    families = dict.fromkeys(part.split("-")[0] for part in scale.split("+"))
    cuts = [f"{name} {_threshold(rules.moderate[name], lang)}" for name in families if name in rules.moderate]
    if rules.default.floor == "pomp50":
        cuts = [f"POMP {_threshold(rules.floor_pomp, lang)}"]
    return text(f"subtype.floor.{rules.default.floor}", lang, cuts=", ".join(cuts))


def _threshold(threshold: Threshold, lang: Lang) -> str:
    needs = str(threshold.needs).replace(">=", "≥").replace("<=", "≤")
    return text("subtype.evidence.threshold", lang, needs=needs, source=threshold.source)


def persons_frame(persons: ir.Table, visits: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """The table ``person_types``: one row per person, with the resistance verdict beside the type."""
    frame = persons.execute().sort_values("person_id")
    taken = visits[["person_id", "day", "depression", "review_type"]]
    frame = frame.merge(taken.rename(columns={"day": "type_day"}), on=["person_id", "type_day"], how="left")
    frame = frame.merge(verdicts, on="person_id", how="left")
    frame = frame.assign(
        persistent=words(frame["persistent"]),
        first_date=words(frame["first_day"], day_word),
        last_date=words(frame["last_day"], day_word),
        n_visits=frame["n_visits"].astype("int64"),
        **{name: frame[name].fillna(UNKNOWN) for name in ("depression", "review_type", "verdict")},
    )
    kept: pd.DataFrame = frame[PERSON_COLUMNS]
    return kept
