"""Three-valued logic: a ``no`` settles "and", a ``yes`` settles "or", unknown is never counted as no."""

from __future__ import annotations

from collections.abc import Iterable

Answer = bool | None


def all_of(answers: Iterable[Answer]) -> Answer:
    answers = list(answers)
    if False in answers:
        return False
    return None if None in answers else True


def any_of(answers: Iterable[Answer]) -> Answer:
    answers = list(answers)
    if True in answers:
        return True
    return None if None in answers else False


def neither(answer: Answer) -> Answer:
    return None if answer is None else not answer


def agreed(answers: Iterable[Answer]) -> Answer:
    """The answer every way of filling a blank gives; unknown where they differ."""
    different = set(answers)
    return different.pop() if len(different) == 1 else None


def word(answer: Answer) -> str:
    return {True: "yes", False: "no", None: "unknown"}[answer]
