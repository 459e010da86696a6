"""What the review says about resistance and its types, and what its sources say; neither is taken as fact."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class ReviewClaim:
    """One row of the review.

    Parameters
    ----------
    row : row of the list of what the review says, such as ``A2``; ``B1_hallucination`` is the second
        statement of row B1
    review_says, source_says : language -> sentence
    source_dois : where the source was published: DOIs, or the review's reference where it is not known
    checked : whether the source's sentence was read there: ``yes``, ``second_hand`` or ``unverified``
    """

    row: str
    review_says: Mapping[str, str]
    source_dois: tuple[str, ...]
    source_says: Mapping[str, str]
    checked: str


@cache
def review_claims() -> tuple[ReviewClaim, ...]:
    """Return the rows of ``reference/review_claims.csv`` in their order.

    Raises
    ------
    ValueError : a row has no source or no ``checked``
    """
    listed = files("opentrs.reference").joinpath("review_claims.csv").read_text(encoding="utf-8")
    claims = []
    for row in csv.DictReader(listed.splitlines()):
        if not row["source_doi"] or row["checked"] not in ("yes", "second_hand", "unverified"):
            raise ValueError(f"review claim {row['row']} has no source")
        claims.append(
            ReviewClaim(
                row["row"],
                {"en": row["review_says_en"], "zh": row["review_says_zh"]},
                tuple(row["source_doi"].split(";")),
                {"en": row["source_says_en"], "zh": row["source_says_zh"]},
                row["checked"],
            )
        )
    return tuple(claims)
