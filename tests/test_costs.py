"""From measurements to diagnostics: what exceeds a limit is reported, what does not is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jaxlint.diagnostics import Diagnostic
from jaxlint.tracing.costs import CostLimits, costly, in_bytes, in_seconds
from jaxlint.tracing.laws import fit
from jaxlint.tracing.model import Model
from jaxlint.tracing.pool import Outcome
from jaxlint.tracing.protocol import Request, Target, Traced
from jaxlint.tracing.retraced import retraced

MODEL = Model({"kernels": 0.01}, 2.0, "here", "0.12", 60)


def outcome(path: Path, measurement: dict[str, Any] | None, name: str = "step") -> Outcome:
    """What a worker would tell of one function that is defined at line 3."""
    request = Request("model", str(path), (), (), {}, (Target(name, 2, 3, 9, None),), (0,))
    return Outcome(request, traced={0: Traced(0, "comment", (("x", "f32[8]"),), measurement=measurement)})


def growing(sizes: list[int], counts: list[int]) -> dict[str, Any]:
    """A growth as it is measured."""
    law = fit(sizes, counts).as_dict()
    return {"dimension": "x.shape[0]", "size": sizes[0], "sizes": sizes, "equations": counts, "law": law}


def found(measurement: dict[str, Any], limits: CostLimits | None = None) -> list[Diagnostic]:
    """The diagnostics of one function, after a journey through JSON."""
    path = Path("model.py").absolute()
    travelled = json.loads(json.dumps({"platform": None, "lines": [[str(path), 5, 90]], **measurement}))
    return list(costly([outcome(path, travelled)], frozenset({path}), limits or CostLimits(), MODEL))


@pytest.mark.parametrize(
    ("measurement", "codes"),
    [
        ({"equations": 10_000}, []),
        ({"equations": 10_001}, ["JAX752"]),
        ({"equations": 9, "growth": [growing([4, 8, 16, 32], [17, 33, 65, 129])]}, ["JAX753"]),
        ({"equations": 9, "growth": [growing([4, 8, 16, 32], [9, 9, 9, 9])]}, []),
        ({"equations": 9, "growth": [growing([4, 8, 16, 32], [40, 60, 80, 100])]}, []),
        ({"equations": 9, "growth": [growing([4, 8, 16, 32], [6, 8, 12, 20])]}, []),
        ({"equations": 9, "features": {"kernels": 2900.0}}, []),
        ({"equations": 9, "features": {"kernels": 3100.0}}, ["JAX754"]),
        ({"equations": 9, "features": {"kernels": 3100.0}, "compile_seconds": 9.0}, []),
        ({"equations": 9, "features": {"kernels": 3.0}, "compile_seconds": 31.0}, ["JAX754"]),
        ({"equations": 9, "features": {"kernels": 3100.0}, "platform": "gpu"}, []),
        ({"equations": 9, "features": {}, "platform": "gpu", "compile_seconds": 31.0}, ["JAX754"]),
        ({"equations": 9, "constants": [{"bytes": 2**20, "type": "f32[…]", "name": "W", "line": None}]}, []),
        (
            {
                "equations": 9,
                "constants": [{"bytes": 2**21, "type": "f32[…]", "name": None, "line": ["m.py", 7]}],
            },
            ["JAX755"],
        ),
    ],
)
def test_what_exceeds_a_limit_is_reported(measurement: dict[str, Any], codes: list[str]) -> None:
    """At the line of the definition, and only then."""
    diagnostics = found(measurement)
    assert [one.code for one in diagnostics] == codes
    assert all(one.span.start.row == 3 for one in diagnostics)


def test_limits_can_be_set() -> None:
    """The configuration's table gives them."""
    limits = CostLimits.of({"equations": 50, "constant-bytes": 10})
    constant = {"bytes": 11, "type": "f32[…]", "name": "W", "line": None}
    measurement = {"equations": 51, "constants": [constant]}
    assert [one.code for one in found(measurement, limits)] == ["JAX752", "JAX755"]


def test_a_law_that_crosses_far_away_is_reported_where_the_size_is_real() -> None:
    """Ten thousand elements are there already, whatever is expected of others."""
    counts = [2 * n for n in (1250, 2500, 5000, 10_000)]
    growth = growing([1250, 2500, 5000, 10_000], counts)
    assert found({"equations": 9, "growth": [growth]}) == []
    (diagnostic,) = found({"equations": 9, "growth": [{**growth, "size": 10_000}]})
    assert "over 10,000 equations from 5,001 on" in diagnostic.message
    assert "linear: equations = 2 n" in diagnostic.notes[0].message
    assert "R² 1.000" in diagnostic.notes[0].message


def test_the_hottest_line_is_named() -> None:
    """With its share of the equations."""
    (diagnostic,) = found({"equations": 20_000})
    assert diagnostic.notes[0].message == "90 equations (0%) come from here"
    assert diagnostic.notes[0].span is not None
    assert diagnostic.notes[0].span.start.row == 5


def test_a_prediction_says_which_calibration_it_rests_on() -> None:
    """And its band."""
    (diagnostic,) = found({"equations": 9, "features": {"kernels": 4000.0}})
    assert diagnostic.message == "compiling `step` takes about 40.0 s; the limit is 30.0 s"
    assert "calibration of this machine" in diagnostic.notes[0].message
    assert "between 20.0 s and 80.0 s" in diagnostic.notes[0].message


def test_only_files_that_were_asked_for_are_reported() -> None:
    """As everywhere."""
    path = Path("model.py").absolute()
    measured = outcome(path, {"equations": 10**6})
    assert list(costly([measured], frozenset(), CostLimits(), MODEL)) == []


def test_recorded_calls_with_many_signatures_are_reported(tmp_path: Path) -> None:
    """With the parameter's own name, and the forms that it had."""
    path = tmp_path / "model.py"
    path.write_text("import jax\n@jax.jit\ndef step(x, factor):\n    return x * factor\n", encoding="utf-8")
    words = ["2.0", "2", "f32[]"]
    calls = [{"arguments": [[None, "f32[3]"], [None, word]], "count": 1, "weak": []} for word in words]
    record = {"transform": "jit", "count": 3, "cache_entries": 3, "calls": calls}
    measured = outcome(path, None)
    (diagnostic,) = retraced([measured], frozenset({path}), {"model:step": record}, 2)
    assert diagnostic.code == "JAX756"
    assert "`factor` varies" in diagnostic.message
    assert "compiled 3 times" in diagnostic.message
    assert list(retraced([measured], frozenset({path}), {"model:step": record}, 3)) == []
    gradient = {**record, "transform": "grad"}
    assert list(retraced([measured], frozenset({path}), {"model:step": gradient}, 2)) == []


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (in_bytes(3), "3 bytes"),
        (in_bytes(2**20), "1.0 MiB"),
        (in_bytes(5 * 2**40), "5120.0 GiB"),
        (in_seconds(0.0123), "12 ms"),
        (in_seconds(30), "30.0 s"),
        (in_seconds(600), "10 min"),
        (in_seconds(9000), "2 h"),
    ],
)
def test_quantities_have_units(written: str, expected: str) -> None:
    """People read them."""
    assert written == expected
