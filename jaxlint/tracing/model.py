"""Predicts compile time from the features of a program: a sum with one coefficient for each feature."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

DEFAULT = Path(__file__).parent / "default_model.json"
"""A calibration made by the authors, for where there is no other."""
PART = 0.9
"""The part of the programs whose compile time lies within a model's band."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Seconds, and the band in which `PART` of the programs lie."""

    seconds: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Model:
    """Seconds for each feature; ``factor`` is how far off predictions are for all but a tenth of programs.

    ``machine`` and ``jax`` say where it was made; ``is_default`` that this was not here.
    """

    coefficients: Mapping[str, float]
    factor: float
    machine: str
    jax: str
    programs: int
    is_default: bool = False

    def predict(self, features: Mapping[str, float]) -> Prediction:
        """Predict the processor time that XLA needs."""
        seconds = sum(self.coefficients.get(name, 0.0) * count for name, count in features.items())
        return Prediction(seconds, seconds / self.factor, seconds * self.factor)

    def write(self, path: Path) -> None:
        """Keep the model in a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Model | None:
    """Read a model; None where there is none that makes sense."""
    try:
        return Model(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def default() -> Model:
    """Return the authors' own calibration."""
    model = read(DEFAULT)
    assert model is not None, f"{DEFAULT} is part of jaxlint"
    return model


def factor_of(ratios: Sequence[float]) -> float:
    """Return the factor within which `PART` of the ratios of prediction to measurement lie."""
    errors = sorted(abs(math.log(ratio)) for ratio in ratios)
    return math.exp(errors[min(math.ceil(PART * len(errors)), len(errors)) - 1])
