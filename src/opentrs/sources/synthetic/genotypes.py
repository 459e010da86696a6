"""Genotypes at single variants: COMT Val158Met and the repeats of the dopamine transporter gene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from opentrs.sources.synthetic.illness import FROM_FIRST
from opentrs.sources.synthetic.layers import Array, Block, Layered, labels
from opentrs.sources.synthetic.parameters import Parameters

COMT, SLC6A3 = "rs4680", "rs28363170"
# G is valine (high activity), A methionine; the repeats are those of the 3' untranslated region.
ALLELES = {COMT: ("G", "A"), SLC6A3: ("10R", "9R")}
FREQUENCIES = {COMT: "comt_met_frequency", SLC6A3: "slc6a3_nine_repeat_frequency"}


@dataclass(frozen=True, slots=True)
class GenotypeCalls:
    """``genotype_calls``: two alleles at each variant, in Hardy-Weinberg proportions within each group."""

    name: str = "genotype_calls"
    needs: tuple[str, ...] = ("illness",)

    def add(self, block: Block, rng: np.random.Generator) -> Layered:
        """Return ``genotype_calls``; calls that failed are empty."""
        resistant = block.latent["status"] >= FROM_FIRST
        parts = []
        for variant in ALLELES:
            frequency = _frequency(block.parameters, variant, resistant)
            has = rng.random((2, block.size)) < frequency
            failed = rng.random(block.size) < block.parameters["genotype_blank_share"]
            code = np.where(failed & (not block.complete_record), -1, has.astype(np.int64))
            parts.append(_calls(variant, code))
        frame = pd.concat(parts, ignore_index=True)
        return Layered(
            tables={"genotype_calls": frame.sort_values("person", kind="stable", ignore_index=True)}
        )


def _calls(variant: str, code: Array) -> pd.DataFrame:
    first, second = (labels(each, ALLELES[variant]).astype(object) for each in code)
    person = np.arange(code.shape[1])
    return pd.DataFrame({"person": person, "variant": variant, "allele_1": first, "allele_2": second})


def _frequency(parameters: Parameters, variant: str, resistant: Array) -> Array:
    """Frequency of the second allele, its odds multiplied in the resistant."""
    frequency = parameters[FREQUENCIES[variant]]
    odds = frequency / (1 - frequency) * np.where(resistant, parameters["genotype_odds_ratio"], 1.0)
    return np.asarray(odds / (1 + odds))
