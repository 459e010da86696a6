"""The questions of glutamate again under every choice: what it is scaled to, tissue, and quality filter.

A filter or a correction is a choice that may make a difference or take one away: all are shown side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from opentrs.measures.spectroscopy import (
    FRACTIONS_KNOWN,
    Correction,
    corrected,
    correction_done,
    passes_shape,
    reference_of,
    with_quality,
)
from opentrs.messages import Lang, text

VARIANT_COLUMNS = [
    "test", "region", "quantification", "correction", "filter", "contrast", "quantity", "estimate", "ci_low",
    "ci_high", "p", "n", "n_first", "n_second", "dropped", "dropped_mean_sd", "unit", "method",
    "adjusted_for", "note",
]  # fmt: skip
FILTERS = ("all", "relative", "absolute", "shape")
# Corrections that can be made here of a value scaled to water that nobody has corrected yet.
OF_WATER: tuple[Correction, ...] = ("none", "csf", "molal")
Ask = Callable[[pd.DataFrame], list[dict[str, Any]]]
Marks = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True, slots=True)
class Quantification:
    """Values that may be compared with each other: one reference, unit, and correction by the program."""

    reference: str
    unit: str
    correction: str

    @property
    def name(self) -> str:
        """Such as ``water mmol/kg``."""
        return f"{self.reference} {self.unit}".strip()

    def of(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of this quantification."""
        return rows[[each == self for each in quantifications(rows)]]


def quantifications(rows: pd.DataFrame) -> list[Quantification]:
    """The quantification of each row."""
    unit = rows["unit"].fillna("").astype(str)
    return [
        Quantification(*each) for each in zip(reference_of(rows), unit, correction_done(rows), strict=True)
    ]


def main_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Of every place and metabolite, the quantification most people have.

    Of several that as many have, water that was corrected for tissue comes first, ratios to creatine last.
    """
    kinds = pd.Series(quantifications(rows), index=rows.index, dtype="object")
    kept = [
        part.index[[kind == _main(part, kinds[part.index]) for kind in kinds[part.index]]]
        for _, part in rows.groupby(["region", "metabolite"])
    ]
    return rows.loc[np.sort(np.concatenate(kept))]


def _main(rows: pd.DataFrame, kinds: pd.Series) -> Quantification:
    order = {"water": 0, "other": 1, "creatine": 2}
    several: list[Quantification] = list(dict.fromkeys(kinds))
    counted = {kind: rows.loc[[each == kind for each in kinds], "person_id"].nunique() for kind in several}
    return min(several, key=lambda kind: (
        -counted[kind], order[kind.reference], kind.correction == "none", kind.correction, kind.unit,
    ))  # fmt: skip


def choices(kind: Quantification, rows: pd.DataFrame) -> tuple[Correction, ...]:
    """Corrections worth asking for: of water all, of an amplitude of unknown scale the fluid, of ratios none.

    A correction the program made is left as it is, since the raw value is not known.
    """
    if kind.correction != "none" or kind.reference == "creatine":
        return ("none",)
    known = rows[list(FRACTIONS_KNOWN)].notna().all(axis=1).any()
    if not known:
        return ("none",)
    return OF_WATER if kind.reference == "water" else OF_WATER[:2]


def filtered(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows that pass a filter; one whose quality is unknown does not pass."""
    if name == "all":
        return rows
    if name == "shape":
        return rows[passes_shape(rows)]
    return rows[with_quality(rows)[f"passes_{name}"].fillna(False).astype(bool)]


def variants(rows: pd.DataFrame, ask: Ask, glutamate: Marks, lang: Lang) -> pd.DataFrame:
    """Ask the questions of glutamate under every choice.

    Parameters
    ----------
    rows : the table ``spectroscopy``, with a value in each row
    ask : rows -> rows of named tests
    glutamate : marks the rows of glutamate in the anterior cingulate, on which filters are judged

    Returns
    -------
    columns :data:`VARIANT_COLUMNS`; ``dropped`` counts spectra of glutamate in the anterior cingulate that
    the filter leaves out, and ``dropped_mean_sd`` is how far their mean lies from that of those kept, in
    standard deviations of those kept
    """
    found = [row for choice in _chosen(rows) for row in _answers(*choice, ask, glutamate, lang)]
    return pd.DataFrame(found, columns=VARIANT_COLUMNS)


def _chosen(
    rows: pd.DataFrame,
) -> Iterator[tuple[Quantification, Correction, str, pd.DataFrame, pd.DataFrame]]:
    for kind in sorted(set(quantifications(rows)), key=lambda each: each.name + each.correction):
        mine = kind.of(rows)
        for how in choices(kind, mine):
            scaled = mine.assign(value=corrected(mine, how))
            scaled = scaled[scaled["value"].notna()]
            for name in FILTERS:
                kept = filtered(scaled, name)
                if len(kept):
                    yield kind, how, name, scaled, kept


def _answers(
    kind: Quantification, how: Correction, name: str, scaled: pd.DataFrame, kept: pd.DataFrame, ask: Ask,
    glutamate: Marks, lang: Lang,
) -> list[dict[str, Any]]:  # fmt: skip
    mine = scaled[glutamate(scaled).to_numpy(dtype=bool)]
    stays = mine.index.isin(kept.index)
    out, into = mine.loc[~stays, "value"], mine.loc[stays, "value"]
    told = len(out) > 0 and len(into) > 1 and float(into.std()) > 0
    about = {
        "quantification": kind.name,
        "correction": how if kind.correction == "none" else f"program_{kind.correction}",
        "filter": name,
        "dropped": len(out),
        "dropped_mean_sd": float((out.mean() - into.mean()) / into.std()) if told else np.nan,
    }
    note = text("mechanism.variant_relaxation", lang) if how == "molal" and _no_times(kept) else ""
    rows = []
    for row in ask(kept):
        test = str(row["test"]).removesuffix("_unfiltered").removesuffix("_filtered")
        rows.append({**row, **about, "test": test, "note": " ".join(filter(None, [row["note"], note]))})
    return rows


def _no_times(rows: pd.DataFrame) -> bool:
    names = ("te_ms", "tr_ms", "water_te_ms", "water_tr_ms")
    return any(name not in rows or rows[name].isna().any() for name in names)
