"""What differs between the versions of the image."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Version:
    """A version of the image, such as ``3.2-0``, or ``0.72`` for ``xgboost:1``."""

    name: str

    @property
    def _numbers(self) -> tuple[int, ...]:
        return tuple(int(number) for number in re.findall(r"\d+", self.name))

    @property
    def is_first(self) -> bool:
        """Whether this is the old ``xgboost:1``, which has hyperparameters and an HTTP interface of its own."""
        return self._numbers == (0, 72)

    @property
    def joins_answers_with_commas(self) -> bool:
        """Whether all scores come in one line (container tags v1.0-1 and v1.2-1; from v1.2-2 on one line each)."""
        return self._numbers <= (1, 2, 1)

    @property
    def pickles_models(self) -> bool:
        """Whether the image's models are pickles, whose feature count it checks at each request."""
        return self._numbers <= (1, 2, 2)
