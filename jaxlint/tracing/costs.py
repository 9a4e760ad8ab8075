"""JAX752 to JAX755: what measuring found to be more than the limits allow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Diagnostic, Note, Position, Span
from jaxlint.tracing.laws import Law
from jaxlint.tracing.model import Model, Prediction
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Target


@dataclass(frozen=True, slots=True)
class CostLimits:
    """What a function may cost before it is reported; `docs/measurements.md` gives the reasons."""

    equations: int = 10_000
    growth_size: int = 4096
    compile_seconds: float = 30.0
    constant_bytes: int = 2**20
    retraces: int = 2

    @classmethod
    def of(cls, table: Mapping[str, float]) -> CostLimits:
        """Return the limits with those of a configuration's table, whose keys have hyphens, put in."""
        values: dict[str, Any] = {key.replace("-", "_"): value for key, value in table.items()}
        return cls(**values)

    @classmethod
    def names(cls) -> list[str]:
        """Return the keys of the table."""
        return [one.name.replace("_", "-") for one in fields(cls)]


def costly(
    outcomes: Iterable[Outcome], report: frozenset[Path], limits: CostLimits, model: Model
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the measurements of functions in the files that are reported."""
    for outcome in outcomes:
        for number, traced in sorted(outcome.traced.items()):
            target, measurement = outcome.request.targets[number], traced.measurement
            if measurement is not None and Path(outcome.request.path) in report:
                yield from _of_one(Path(outcome.request.path), target, measurement, limits, model)


def _of_one(
    path: Path, target: Target, measurement: Mapping[str, Any], limits: CostLimits, model: Model
) -> Iterator[Diagnostic]:
    span = Span(path, Position(target.row, 1), Position(target.row, 1))
    names: dict[str, Any] = {"function": target.name}
    yield from _large(span, names, measurement, limits)
    yield from _growing(span, names, measurement, limits)
    yield from _slow(span, names, measurement, limits, model)
    for constant in measurement.get("constants", ()):
        if constant["bytes"] > limits.constant_bytes:
            yield _rule("JAX755").diagnostic(
                span,
                notes=_at(constant["line"], "it is used here"),
                **names,
                array=f"`{constant['name']}`" if constant["name"] else "an array",
                type=constant["type"],
                size=in_bytes(constant["bytes"]),
                limit=in_bytes(limits.constant_bytes),
            )


def _large(
    span: Span, names: dict[str, Any], measurement: Mapping[str, Any], limits: CostLimits
) -> Iterator[Diagnostic]:
    equations = measurement.get("equations", 0)
    if equations > limits.equations:
        yield _rule("JAX752").diagnostic(
            span,
            notes=(*_shortened(measurement), *_hottest(measurement)),
            **names,
            equations=f"{equations:,}",
            limit=f"{limits.equations:,}",
        )


def _growing(
    span: Span, names: dict[str, Any], measurement: Mapping[str, Any], limits: CostLimits
) -> Iterator[Diagnostic]:
    for growth in measurement.get("growth", ()):
        law = Law(**growth["law"])
        crossing = law.crossing(limits.equations)
        if crossing is None or crossing > max(limits.growth_size, growth["size"]):
            continue
        points = ", ".join(
            f"{count:,} at {size:,}" for size, count in zip(growth["sizes"], growth["equations"], strict=True)
        )
        law_note = Note(f"{law.name}: equations = {law} (R² {law.r_squared:.3f}); {points}")
        yield _rule("JAX753").diagnostic(
            span,
            notes=(law_note, *_hottest(measurement)),
            **names,
            dimension=growth["dimension"],
            crossing=f"{crossing:,}",
            limit=f"{limits.equations:,}",
        )


def _slow(
    span: Span, names: dict[str, Any], measurement: Mapping[str, Any], limits: CostLimits, model: Model
) -> Iterator[Diagnostic]:
    predicted = prediction(measurement, model)
    if "compile_seconds" in measurement:
        seconds, how = measurement["compile_seconds"], "measured"
    elif predicted is not None:
        where = "the built-in calibration" if model.is_default else "the calibration of this machine"
        band = f"{in_seconds(predicted.low)} and {in_seconds(predicted.high)}"
        seconds, how = predicted.seconds, f"predicted with {where}; between {band} for nine programs in ten"
    else:
        return
    if seconds <= limits.compile_seconds:
        return
    yield _rule("JAX754").diagnostic(
        span,
        notes=(Note(how), *_hottest(measurement)),
        **names,
        seconds=in_seconds(seconds),
        limit=in_seconds(limits.compile_seconds),
    )


def prediction(measurement: Mapping[str, Any], model: Model) -> Prediction | None:
    """Predict the compile time of what was measured; only programs for the CPU can be judged."""
    features = measurement.get("features")
    if features is None or measurement.get("platform") not in {None, "cpu"}:
        return None
    return model.predict(features)


def summary(measurement: Mapping[str, Any], model: Model) -> Iterator[str]:
    """Yield what was measured, in a few words for the terminal."""
    if "equations" in measurement:
        by_law = " by its law" if measurement.get("traced_at") else ""
        yield f"{measurement['equations']:,} equations{by_law}"
    for growth in measurement.get("growth", ()):
        law = Law(**growth["law"])
        if law.grows:
            yield f"{law.name} in {growth['dimension']}"
    predicted = prediction(measurement, model)
    if "compile_seconds" in measurement:
        guess = f" ({in_seconds(predicted.seconds)} predicted)" if predicted else ""
        yield f"compiled in {in_seconds(measurement['compile_seconds'])}{guess}"
    elif predicted is not None:
        yield f"about {in_seconds(predicted.seconds)} to compile"
    yield from (failure for failure in measurement.get("failures", ()) if failure.startswith("compile: "))
    size = sum(one["bytes"] for one in measurement.get("constants", ()))
    if size:
        yield f"{in_bytes(size)} of constants"
    if measurement.get("memory"):
        yield f"{in_bytes(measurement['memory']['peak'])} at the peak"


def _hottest(measurement: Mapping[str, Any]) -> tuple[Note, ...]:
    """Point to the line that most equations come from."""
    for path, row, count in measurement.get("lines", ())[:1]:
        share = count / max(measurement["equations"], 1)
        return _at((path, row), f"{count:,} equations ({share:.0%}) come from here")
    return ()


def _shortened(measurement: Mapping[str, Any]) -> tuple[Note, ...]:
    """Tell that the number is the law's: the function was traced at shorter sizes."""
    sizes = ", ".join(f"{short:,} in place of {size:,}" for size, short in measurement.get("traced_at", ()))
    return (Note(f"by the law of its growth: traced with axes of {sizes}"),) if sizes else ()


def _at(line: Any, message: str) -> tuple[Note, ...]:
    if line is None:
        return ()
    position = Position(line[1], 1)
    return (Note(message, Span(Path(line[0]), position, position)),)


def _rule(code: str) -> Any:
    return catalogue()[code]


def in_bytes(count: float) -> str:
    """Write a number of bytes with a unit that leaves few digits."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def in_seconds(seconds: float) -> str:
    """Write a duration with two digits that mean something."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
