"""Generated programs: for each transformation every operation, in a traced function of its own.

The same program exists twice. What jaxlint reads holds the operation as a user writes it. What runs
hands the operation to ``attempt``, which notes what was raised and then gives up the trace, so that
nothing is compiled.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import re
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from support.operations import FALSE, HEADER, OPERATIONS, TRACER, Operation
from support.transformations import Transformation

NOTHING = Operation("(<s>, <v>, <k>)")
"""An operation that does nothing, to see that a transformation by itself runs to the end."""

_OPERANDS = {
    "scalar": {"s": "x", "v": "(x * jnp.ones(3))", "n": "(x * 0 + 1).astype(int)"},
    "vector": {"s": "jnp.sum(x)", "v": "x", "n": "(jnp.sum(x) * 0 + 1).astype(int)"},
    "index": {"s": "(x * 2.0)", "v": "(x * jnp.ones(3))", "n": "(x * 0 + 1)"},
}
"""How the operands are made of ``x``, by its kind."""

_MARK = "\0"
"""Stands before an operation until its row is known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What JAX made of an operation.

    ``error`` is the exception, ``is_wrong`` says whether jaxlint should speak of the line, ``is_traced``
    whether the operand was a tracer.
    """

    error: str = ""
    is_wrong: bool = False
    is_traced: bool = False


@dataclass(frozen=True, slots=True)
class Generated:
    """What jaxlint reads: a program, and its operations by row."""

    text: str
    rows: Mapping[int, Operation]


def operations(transformation: Transformation) -> tuple[Operation, ...]:
    """Return the operations that a transformation's text can hold: a lambda holds no statements."""
    return tuple(op for op in OPERATIONS if "BODY" in transformation.text or not op.is_statement)


def program(transformation: Transformation, chosen: Sequence[Operation], *, calls: bool) -> Generated:
    """Return the program of a transformation, with calls of its functions or without."""
    marked = HEADER + "".join(_function(transformation, op, number) for number, op in enumerate(chosen))
    if calls:
        called = "".join(f"    {_named(transformation.call, number)}\n" for number, _ in enumerate(chosen))
        marked += f'\n\nif __name__ == "__main__":\n{called}'
    rows = [row for row, line in enumerate(marked.splitlines(), start=1) if _MARK in line]
    return Generated(marked.replace(_MARK, ""), dict(zip(rows, chosen, strict=True)))


def measure(transformation: Transformation, chosen: Sequence[Operation]) -> dict[Operation, Outcome]:
    """Run operations under a transformation; what JAX never comes to is not in the result."""
    record = _Record(stop=not transformation.finish)
    with _quietly():
        for operation in chosen:
            record.operation = operation
            with contextlib.suppress(Exception):
                _run(transformation, _function(transformation, operation, 0, _attempted), record.attempt)
    return record.outcomes


def run(transformation: Transformation) -> None:
    """Run a transformation around an operation that does nothing, to the end."""
    with _quietly():
        _run(transformation, _function(transformation, NOTHING, 0).replace(_MARK, ""))


class _Done(Exception):  # noqa: N818 - nothing went wrong
    """Ends a trace after its operation."""


class _Record:
    """Notes what operations do; the programs that run know ``attempt``."""

    def __init__(self, *, stop: bool) -> None:
        self.stop = stop
        self.operation = NOTHING
        self.outcomes: dict[Operation, Outcome] = {}

    def attempt(self, operand: object, action: Callable[[], object]) -> None:
        """Do an operation on an operand, note what happened, and end the trace."""
        self.outcomes.setdefault(self.operation, self._outcome(operand, action))
        if self.stop:
            raise _Done

    def _outcome(self, operand: object, action: Callable[[], object]) -> Outcome:
        is_traced = isinstance(operand, importlib.import_module("jax").core.Tracer)
        try:
            result = action()
        except Exception as error:  # noqa: BLE001 - what JAX raises is what is asked
            return Outcome(type(error).__name__, is_traced or not self.operation.needs_tracer, is_traced)
        wrong = {TRACER: is_traced, FALSE: result is False}
        return Outcome("", wrong.get(self.operation.silent, False), is_traced)


_Writer = Callable[[str, Operation, str], str]
"""Takes the text of an operation, the operation, and the operand whose nature is noted."""


def _plainly(text: str, operation: Operation, operand: str) -> str:
    """Write an operation as a user does, and use its result."""
    del operand
    return _MARK + (text if operation.is_statement else f"result = {text}")


def _attempted(text: str, operation: Operation, operand: str) -> str:
    """Write an operation as an action that is noted."""
    if operation.is_statement:
        return f"def action():\n    {text}\nattempt({operand}, action)"
    return f"attempt({operand}, lambda: ({text}))"


def _function(
    transformation: Transformation, operation: Operation, number: int, write: _Writer = _plainly
) -> str:
    """Return the text of the function that holds one operation."""
    made = _OPERANDS[transformation.kind]
    used = [name for name in made if f"<{name}>" in operation.text]
    names = {name: "x" if made[name] == "x" else name for name in used}
    if "EXPRESSION" in transformation.text:
        names = {name: made[name] for name in used}
    filled = re.sub(r"<(\w)>", lambda hole: {**names, "k": transformation.static}[hole[1]], operation.text)
    written = write(filled, operation, next(iter(names.values()), "x"))
    before = "".join(f"{name} = {made[name]}\n" for name in used if made[name] != "x")
    text = transformation.text.replace("EXPRESSION", written.replace("result = ", ""))
    text = re.sub(
        r"^( *)BODY$", lambda hole: textwrap.indent(before + written, hole[1]), text, flags=re.MULTILINE
    )
    return "\n\n" + _named(text.strip("\n"), number) + "\n"


def _named(text: str, number: int) -> str:
    """Give the function, and the names beside it, a name of their own."""
    return re.sub(r"\bF(?=_[a-zA-Z]|\b)", f"f{number}", text)


def _run(transformation: Transformation, text: str, attempt: Callable[..., None] | None = None) -> None:
    """Run the text of a function and its call."""
    names = {**_header(), "attempt": attempt}
    exec(compile(f"{text}\n{_named(transformation.call, 0)}", "<generated>", "exec"), names)


@cache
def _header() -> dict[str, Any]:
    """What the start of every program defines."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    names: dict[str, Any] = {"__name__": "generated"}
    exec(compile(HEADER, "<generated>", "exec"), names)
    return names


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Let JAX warn of nothing, log no exceptions of callbacks, compile fast, and not filter tracebacks."""
    config = importlib.import_module("jax").config
    hasty = {"jax_disable_most_optimizations": True, "jax_traceback_filtering": "off"}
    before = {name: config.values[name] for name in hasty}
    _configure(config, hasty)
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
            _configure(config, before)


def _configure(config: Any, settings: Mapping[str, object]) -> None:
    for name, value in settings.items():
        config.update(name, value)
