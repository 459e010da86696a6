"""Gradient boosting as a challenger: scikit-learn's histogram trees, kept as plain tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from opentrs.stats.nested.design import Floats, Rows
from opentrs.stats.nested.learners import FittedLearner, Setting, TunedLearner
from opentrs.stats.nested.plain import Plain

# Columns of a tree's table.
FEATURE, THRESHOLD, LEFT, RIGHT, MISSING_LEFT, IS_LEAF, VALUE = range(7)
LARGEST = np.finfo(np.float64).max


@dataclass(frozen=True, slots=True)
class GradientBoosting(TunedLearner):
    """Boosted trees of few leaves, by scikit-learn's histograms; missing values may stay.

    Parameters
    ----------
    n_trees : numbers of trees to try
    n_leaves : leaves of each tree to try
    learning_rate : share of each tree that is taken
    fewest_in_leaf : people a leaf must hold
    """

    n_trees: tuple[int, ...] = (25, 50, 100)
    n_leaves: tuple[int, ...] = (3, 8)
    learning_rate: float = 0.05
    fewest_in_leaf: int = 20

    def settings(self, training: Rows) -> tuple[Setting, ...]:
        """Return every size of tree with every number of trees, small to large."""
        return tuple(
            {"leaves": leaves, "trees": trees} for leaves in self.n_leaves for trees in sorted(self.n_trees)
        )

    def fit(self, training: Rows, settings: Sequence[Setting], seed: int) -> list[FittedLearner]:
        """Grow the most trees of each size; fewer trees are the first of them."""
        grown = {
            leaves: self._grown(training, int(leaves), settings, seed)
            for leaves in dict.fromkeys(s["leaves"] for s in settings)
        }
        return [
            replace(grown[s["leaves"]], trees=grown[s["leaves"]].trees[: int(s["trees"])]) for s in settings
        ]

    def _grown(self, training: Rows, leaves: int, settings: Sequence[Setting], seed: int) -> FittedTrees:
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(
            max_iter=int(max(s["trees"] for s in settings if s["leaves"] == leaves)),
            max_leaf_nodes=leaves,
            learning_rate=self.learning_rate,
            min_samples_leaf=self.fewest_in_leaf,
            early_stopping=False,
            random_state=seed % 2**32,
        )
        model.fit(training.features, training.outcome.astype(int))
        return _tables(model)


def _tables(model: Any) -> FittedTrees:
    """Copy the trees out; scikit-learn offers no public way (a test holds them to its own predictions)."""
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        columns = ("feature_idx", "num_threshold", "left", "right", "missing_go_to_left", "is_leaf", "value")
        table = np.column_stack([nodes[name].astype(np.float64) for name in columns])
        # A split by missing alone has an infinite threshold, which JSON cannot hold.
        trees.append(Tree(np.clip(table, -LARGEST, LARGEST)))
    return FittedTrees(float(np.ravel(model._baseline_prediction)[0]), tuple(trees))


@dataclass(frozen=True, slots=True, eq=False)
class Tree(Plain):
    """A row for each node: feature, threshold, left, right, missing goes left, is a leaf, value."""

    kind: ClassVar[str] = "tree"
    nodes: Floats

    def value(self, features: Floats) -> Floats:
        """Walk everybody down to a leaf, all at once."""
        rows = np.arange(len(features))
        place = np.zeros(len(features), dtype=np.int64)
        while (moving := self.nodes[place, IS_LEAF] == 0).any():
            node = self.nodes[place[moving]]
            x = features[rows[moving], node[:, FEATURE].astype(int)]
            left = np.where(np.isnan(x), node[:, MISSING_LEFT] == 1, x <= node[:, THRESHOLD])
            place[moving] = np.where(left, node[:, LEFT], node[:, RIGHT]).astype(np.int64)
        value: Floats = self.nodes[place, VALUE]
        return value


@dataclass(frozen=True, slots=True, eq=False)
class FittedTrees(FittedLearner):
    """A log-odds to start from and what each tree adds."""

    kind: ClassVar[str] = "trees"
    baseline: float
    trees: tuple[Tree, ...]

    def linear_predictor(self, features: Floats) -> Floats:
        """Add up the trees."""
        total = np.full(len(features), self.baseline)
        for tree in self.trees:
            total += tree.value(features)
        return total
