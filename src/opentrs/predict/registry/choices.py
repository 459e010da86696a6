"""What a user says about a table: which column is what, and what counts as the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CENSORED, EVENT, COMPETING = 0, 1, 2


@dataclass(frozen=True, slots=True)
class TableChoices:
    """Columns of a user's table.

    Parameters
    ----------
    columns : predictor -> column, where the names differ
    person : column of the person's id; by default ``person_id`` where there is one
    outcome : column of a yes-or-no outcome
    event_is : value of ``outcome`` (or of ``event``) that is the event, where it is not 1, yes or true
    time, event : columns of the time in days and of what ended it: 0 censored, 1 event, 2 competing
    horizon_days : day at which the risk is asked; by default the model's own
    groups : columns by which performance is shown as well
    site : column of the site; performance is pooled over its values
    missing : texts and numbers that stand for unknown
    units_confirmed : predictors whose unit the user has looked at and found right
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    person: str | None = None
    outcome: str | None = None
    event_is: str | None = None
    time: str | None = None
    event: str | None = None
    horizon_days: float | None = None
    groups: tuple[str, ...] = ()
    site: str | None = None
    missing: tuple[str, ...] = ()
    units_confirmed: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Every column the user names, in the order of the options."""
        single = (self.person, self.outcome, self.time, self.event, self.site)
        return tuple(dict.fromkeys((*self.columns.values(), *(one for one in single if one), *self.groups)))

    @property
    def is_survival(self) -> bool:
        """Whether the outcome is a time and what ended it."""
        return self.time is not None or self.event is not None
