"""Simulated cohorts whose truth is known: who is resistant, from when, and what clozapine would do.

People are made layer by layer (:class:`Layer`); the clinical layers are :data:`CLINICAL`. Brain, genes and
networks are added to the same people by further layers, which leave the earlier ones as they are.
"""

from opentrs.sources.synthetic.kinds import KNOWN_KINDS, layers_with, parameters_with
from opentrs.sources.synthetic.layers import Block, Layer, Layered
from opentrs.sources.synthetic.parameters import Parameters, published
from opentrs.sources.synthetic.simulate import CLINICAL, Simulated, as_cohort, simulate
from opentrs.sources.synthetic.writing import write

__all__ = [
    "CLINICAL",
    "KNOWN_KINDS",
    "Block",
    "Layer",
    "Layered",
    "Parameters",
    "Simulated",
    "as_cohort",
    "layers_with",
    "parameters_with",
    "published",
    "simulate",
    "write",
]
