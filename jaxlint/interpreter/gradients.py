"""What ``grad`` and its kin refuse: arguments without a derivative, and results that are no real scalar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jaxlint import values as v
from jaxlint.events import SignatureMismatch
from jaxlint.interpreter import pytrees
from jaxlint.interpreter.binding import Args
from jaxlint.interpreter.operators import shape_and_dtype
from jaxlint.interpreter.running import constants
from jaxlint.interpreter.signatures import describe, is_no_pair, kind_of, leaves
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

if TYPE_CHECKING:
    from jaxlint.interpreter.frames import Frame
    from jaxlint.interpreter.machine import Machine

_FALSE = (None, v.Const(value=False), v.Const(None))

_ANY_OUTPUT = frozenset({"jax.jacfwd", "equinox.filter_jacfwd"})
"""Forward mode takes results of any type."""


def check_arguments(machine: Machine, frame: Frame, callee: v.Transformed, args: Args, node: n.Node) -> None:
    """Report an argument that is differentiated and cannot be, and one that is not there."""
    if (
        node is machine.uncalled
        or args.star is not None
        or not callee.transform.startswith(("jax.", "scico."))
    ):
        return
    numbers = constants(callee.option("argnums") or v.Const(0), int)
    count = len(args.pos)
    for number in sorted(numbers or ()):
        if not -count <= number < count:
            _report(machine, frame, callee, node, "argnums", str(number), str(count))
        elif callee.option("allow_int") in _FALSE:
            _check_argument(machine, frame, callee, args, number, node)


def _check_argument(
    machine: Machine, frame: Frame, callee: v.Transformed, args: Args, number: int, node: n.Node
) -> None:
    for leaf in leaves(args.pos[number]):
        dtype = shape_and_dtype(leaf)[1]
        if dtype is not None and dtype.kind not in ("f", "c"):
            problem = "input" if kind_of(args.pos[number]) == "array" else "input leaf"
            _report(machine, frame, callee, node, problem, str(number), describe(leaf))
            return


def depends_on_options(frame: Frame) -> bool:
    """Whether an option of the caller, of which nothing is known, decides if this code runs at all.

    ``if has_aux:`` goes together with the function that was passed beside ``has_aux``.
    """
    names = {param.name for param in frame.code.params}
    return any(
        isinstance(part, n.Name) and part.id in names and isinstance(frame.env.get(part.id), _UNDECIDED)
        for guard in frame.guards
        if guard.test is not None
        for part in walk(guard.test)
    )


_UNDECIDED = (v.Unknown, v.Static)


def check_result(
    machine: Machine, frame: Frame, callee: v.Transformed, value: v.Value, kind: str, node: n.Node
) -> None:
    """Report what a differentiated function returns where that is no real scalar, or no pair with aux."""
    has_aux = callee.option("has_aux")
    if has_aux not in _FALSE:
        if has_aux != v.Const(value=True):
            return
        if is_no_pair(value, takes_named=True) and not depends_on_options(frame):
            _report(machine, frame, callee, node, "aux", "", describe(value))
            return
        value = value.items[0] if isinstance(value, v.Seq) and value.items else v.UNKNOWN
    if callee.transform in _ANY_OUTPUT or callee.option("holomorphic") not in _FALSE:
        return
    if kind == "jacobian":
        wrong = next(
            (leaf for leaf in leaves(value) if kind_of(leaf) == "array" and _is_not_real(leaf)), None
        )
        if wrong is not None:
            _report(machine, frame, callee, node, "dtype", "", describe(wrong))
    elif kind_of(value) is not None and (kind_of(value) != "array" or pytrees.shape_of(value)):
        _report(machine, frame, callee, node, "output", "", describe(value))
    elif _is_not_real(value):
        _report(machine, frame, callee, node, "dtype", "", describe(value))


def _is_not_real(value: v.Value) -> bool:
    dtype = shape_and_dtype(value)[1]
    return dtype is not None and dtype.kind != "f"


def _report(
    machine: Machine,
    frame: Frame,
    callee: v.Transformed,
    node: n.Node,
    problem: str,
    subject: str,
    left: str,
) -> None:
    machine.report(SignatureMismatch(node, frame, callee.transform, problem, subject, left, ""))
