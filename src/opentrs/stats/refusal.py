"""A model that cannot be fitted says so, and why, in the reader's language."""

from __future__ import annotations

from opentrs.errors import OpenTRSError
from opentrs.messages import Lang, text


class CannotFitError(OpenTRSError):
    """The data do not carry the model.

    Parameters
    ----------
    code : key of the sentence in the message catalogue, without the ``cannot_fit.`` prefix
    params : values of the sentence's placeholders; never a person's own values
    """

    def __init__(self, code: str, **params: str | int | float) -> None:
        self.code = code
        self.params = params
        super().__init__(self.sentence())

    def sentence(self, lang: Lang = "en") -> str:
        """Return why it cannot be fitted, and what would help."""
        return text(f"cannot_fit.{self.code}", lang, **self.params)
