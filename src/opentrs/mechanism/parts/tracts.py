"""White matter: the nine tracts the review names, by fractional anisotropy."""

from __future__ import annotations

from typing import Any

from opentrs.mechanism.frame import Context, Part, PartOutcome, mapped_part, measured_tables
from opentrs.mechanism.named import Measured, group_test

NINE = (
    "cerebral_peduncle", "corona_radiata", "corpus_callosum", "external_capsule", "internal_capsule",
    "posterior_thalamic_radiation", "sagittal_stratum", "superior_longitudinal_fasciculus",
    "uncinate_fasciculus",
)  # fmt: skip


def run(context: Context) -> PartOutcome:
    """Map the diffusion measures there are, and test the nine tracts."""
    tables = measured_tables(context, "tracts", ("fa", "md", "ad", "rd"))
    return mapped_part(context, "tracts", tables, {"fa": tract_tests})


def tract_tests(measured: Measured) -> list[dict[str, Any]]:
    """Mean of a tract's parts on both sides; the nine are one family."""
    return group_test(
        measured, "tract", {name: measured.composite(name) for name in NINE}, "resistant-control"
    )


PART = Part("tracts", frozenset({"tracts"}), run)
