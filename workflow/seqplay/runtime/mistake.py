"""A user's or an environment's mistake, on its way from another process to the stage that started it."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from seqplay import errors
from seqplay.errors import SeqplayError


class Mistake(BaseModel):
    """A ``SeqplayError``, as a value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    message: str

    @classmethod
    def of(cls, error: SeqplayError) -> Mistake:
        """Describe an error by the nearest of its classes that everybody knows."""
        kind = next(each for each in type(error).__mro__ if each.__module__ == errors.__name__)
        return cls(kind=kind.__name__, message=str(error))

    def error(self) -> SeqplayError:
        """Return the error again."""
        found: type[SeqplayError] = getattr(errors, self.kind)
        return found(self.message)
