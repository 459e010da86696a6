"""Further kinds of data a cohort can be simulated with, each a layer that leaves the others as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from opentrs.errors import UsageError
from opentrs.messages import text
from opentrs.sources.synthetic.brain import BrainSessions, with_brains
from opentrs.sources.synthetic.brain_scans import DECIMALS, RegionScans
from opentrs.sources.synthetic.brain_spectra import Spectra
from opentrs.sources.synthetic.dopamine import DopaminePet, Supersensitivity
from opentrs.sources.synthetic.genotypes import GenotypeCalls
from opentrs.sources.synthetic.layers import Layer
from opentrs.sources.synthetic.parameters import Parameters, published
from opentrs.sources.synthetic.scales import Distress, HamiltonDepression
from opentrs.sources.synthetic.simulate import CLINICAL

RETEST_NOISE = "retest_noise"
BRAIN: Mapping[str, Layer] = {**{table: RegionScans(table) for table in DECIMALS}, "spectroscopy": Spectra()}
KINDS: Mapping[str, Layer] = {
    "distress": Distress(),
    "hamd": HamiltonDepression(),
    "pet": DopaminePet(),
    "genetics": GenotypeCalls(),
    "supersensitivity": Supersensitivity(),
    **BRAIN,
}
KNOWN_KINDS = (*KINDS, RETEST_NOISE)
ROUNDING_VARIANCE = 1 / 12


def layers_with(kinds: Iterable[str]) -> tuple[Layer, ...]:
    """Return the clinical layers and those of further kinds; the order they are asked in does not matter.

    Raises
    ------
    UsageError : there is no such kind
    """
    wanted = _checked(kinds)
    sessions = (BrainSessions(),) if wanted & set(BRAIN) else ()
    return (*CLINICAL, *sessions, *(layer for kind, layer in KINDS.items() if kind in wanted))


def parameters_with(kinds: Iterable[str], control_share: float | None = None) -> Parameters:
    """Return what to plant for these kinds: with ``retest_noise``, items as unreliable as published.

    With scans of the brain, the figures of scans are among the parameters.

    Parameters
    ----------
    control_share : share of people without psychosis, 0 to 1; by default the shipped one

    Raises
    ------
    UsageError : there is no such kind
    """
    wanted = _checked(kinds)
    parameters = with_brains(published()) if wanted & set(BRAIN) else published()
    if RETEST_NOISE in wanted:
        parameters = parameters.with_values(visit_noise_sd=retest_noise_sd(parameters))
    if control_share is not None:
        parameters = parameters.with_values(control_share=control_share)
    return parameters


def retest_noise_sd(parameters: Parameters) -> float:
    """Noise (points) with which the mean PANSS item has the published reliability between occasions.

    The reliability is true variance over all variance; cutting scores into whole points adds 1/12.
    """
    true_variance = float(np.mean([item.loading**2 + item.specific_sd**2 for item in parameters.items]))
    reliability = parameters["item_retest_reliability"]
    return float(np.sqrt(true_variance * (1 - reliability) / reliability - ROUNDING_VARIANCE))


def _checked(kinds: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(kinds)
    strangers = sorted(wanted - set(KNOWN_KINDS))
    if strangers:
        raise UsageError(text("simulator.no_kind", names=", ".join(strangers), known=", ".join(KNOWN_KINDS)))
    return wanted
