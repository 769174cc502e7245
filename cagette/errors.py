"""The one family of errors that a person may read."""

from __future__ import annotations


class DomainError(Exception):
    """A rule said no.

    `str(error)` is a whole sentence in the reader's language; `status` is the HTTP status a view answers with.
    Subclasses live beside the rule they speak for. Views catch these and nothing else.
    """

    status = 409

    def __init__(self, sentence: object) -> None:
        super().__init__(sentence)

    def __str__(self) -> str:
        # The sentence may be lazy: it is translated when read, not when raised.
        return str(self.args[0])


class WrongState(DomainError):
    """The thing exists but is past, or not yet at, the state this verb needs."""


class NotAllowed(DomainError):
    """The person may see this but not do it."""

    status = 403
