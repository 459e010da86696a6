"""Elastic-net paths of logistic and Cox regression, by glmnet's definitions.

:func:`logistic_path` and :func:`cox_path` return a :class:`Path`: one set of coefficients for each penalty,
on the predictors' own scale.
"""

from opentrs.stats.penalised.path import Path, cox_path, logistic_path

__all__ = ["Path", "cox_path", "logistic_path"]
