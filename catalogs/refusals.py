"""Why an edit of a catalog was refused: kept under its request's key as a code with figures, read as a sentence.

Each refusal stands beside its rule, as a subclass. The same key raises the same refusal again, in whatever language it
is read then.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from cagette.errors import DomainError

KINDS: dict[str, type[EditRefused]] = {}


class EditRefused(DomainError):
    """An edit that a rule of the catalog refuses. `figures` are plain JSON, and hold nothing about a person."""

    code: ClassVar[str]

    def __init__(self, **figures: Any) -> None:
        super().__init__(self.code)
        self.figures = figures

    def __init_subclass__(cls) -> None:
        assert cls.code not in KINDS, f"two refusals are called {cls.code}"
        KINDS[cls.code] = cls

    @abstractmethod
    def __str__(self) -> str:
        """Return the sentence for the person, in their language."""

    def as_json(self) -> dict[str, Any]:
        return {"refused": self.code, **self.figures}


def as_it_was(answer: dict[str, Any]) -> EditRefused:
    """Return the refusal that was kept as `answer`."""
    figures = dict(answer)
    return KINDS[figures.pop("refused")](**figures)
