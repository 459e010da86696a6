"""Mixtures of people by their ratings: ordinal items, missing by likelihood, severity apart from type.

``choose_classes`` finds how many classes there are and fits them; ``fit_mixture`` fits a given number; the
:class:`Mixture` that comes out predicts anyone rated on its items, and is written and read as JSON.
"""

from opentrs.stats.ordinal_mixture.choose import (
    Candidate,
    Choice,
    Choosing,
    adjusted_rand,
    choose_classes,
    simulate,
)
from opentrs.stats.ordinal_mixture.fit import Effort, fit_mixture
from opentrs.stats.ordinal_mixture.items import Items, MixtureError, as_items
from opentrs.stats.ordinal_mixture.model import Form, Membership, Mixture, from_json

__all__ = [
    "Candidate",
    "Choice",
    "Choosing",
    "Effort",
    "Form",
    "Items",
    "Membership",
    "Mixture",
    "MixtureError",
    "adjusted_rand",
    "as_items",
    "choose_classes",
    "fit_mixture",
    "from_json",
    "simulate",
]
