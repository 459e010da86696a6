"""Loops compiled when they are first needed: importing the compiler takes longer than many an analysis."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def compiled(kernel: Callable[..., None], *, reorder: bool = False) -> Any:
    """Compile a loop over arrays; it runs beside other threads, and is kept on disk for the next time.

    Parameters
    ----------
    kernel : a function that writes into its arguments
    reorder : sums and maxima may be taken in another order, several numbers at once
    """
    import numba

    fastmath = {"reassoc", "nsz", "nnan"} if reorder else False
    return numba.njit(nogil=True, cache=True, fastmath=fastmath)(kernel)
