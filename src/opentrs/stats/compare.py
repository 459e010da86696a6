"""A published threshold: an operator and a value, kept together so that neither is lost."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """``is`` and ``value`` of a threshold, such as ``>= 600``.

    Parameters
    ----------
    symbol : one of ``>=``, ``>``, ``<=``, ``<``, ``==``
    value : the threshold, in the unit of what is compared
    """

    symbol: str
    value: float

    def __post_init__(self) -> None:
        if self.symbol not in OPERATORS:
            raise ValueError(f"{self.symbol} is no comparison; use one of {', '.join(OPERATORS)}")

    def __str__(self) -> str:
        return f"{self.symbol} {self.value:g}"

    def holds(self, column: Any) -> Any:
        """Compare a number or an Ibis column; unknown stays unknown."""
        return OPERATORS[self.symbol](column, self.value)

    def smallest(self, most: int = 50) -> int:
        """Smallest whole number that satisfies the comparison, such as 2 for ``>= 2``.

        Raises
        ------
        ValueError : none up to ``most`` does
        """
        for number in range(most + 1):
            if self.holds(number):
                return number
        raise ValueError(f"no whole number up to {most} is {self}")

    def holds_between(self, low: ir.Value, high: ir.Value) -> ir.BooleanValue:
        """Compare a number known only to lie between two bounds: settled where both ends agree.

        A bound that is NULL is open, so the answer is then unknown.
        """
        at_low, at_high = self.holds(low), self.holds(high)
        return ibis.cases((at_low & at_high, True), (~at_low & ~at_high, False), else_=ibis.null("boolean"))

    def holds_from(self, low: ir.Value, high: ir.Value) -> ir.BooleanValue:
        """Like :meth:`holds_between` for ``>=`` and ``>``: an open upper bound still allows a yes."""
        at_low, at_high = self.holds(low), self.holds(high)
        return ibis.cases((at_low, True), (~at_high, False), else_=ibis.null("boolean"))
