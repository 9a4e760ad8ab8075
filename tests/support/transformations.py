"""Programs, one for each transformation: every operation in a traced function of its own.

A transformation is a text with three holes: ``F`` is the name of the function, ``BODY`` the operation with the lines
that make its operands, ``EXPRESSION`` (in a lambda) the operation alone. The traced function has the
operand ``x``.

The text exists twice. What jaxlint reads holds the operation as a user writes it. What runs holds it under a
``try`` that notes what was raised, and then gives up the trace, so that nothing is compiled.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import re
import textwrap
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from support.operations import FALSE, HEADER, OPERATIONS, TRACER, Operation

_MADE = {
    "scalar": {"s": "x", "v": "(x * jnp.ones(3))", "n": "(x * 0 + 1).astype(int)"},
    "vector": {"s": "jnp.sum(x)", "v": "x", "n": "(jnp.sum(x) * 0 + 1).astype(int)"},
    "index": {"s": "(x * 2.0)", "v": "(x * jnp.ones(3))", "n": "x"},
}
"""How the operands are made of ``x``, by its kind."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """One way in which JAX comes to run a function.

    ``kind`` tells what ``x`` is: a scalar, a vector or an integer index. ``call`` is what a user of the function
    writes; ``needs_call`` says that only this call shows how ``x`` comes in. ``static`` is the name of a Python
    number inside. ``finish``: the trace must go to its end, because an exception would come to light elsewhere.
    """

    name: str
    text: str
    call: str = "F(V)"
    kind: str = "vector"
    static: str = "K"
    needs_call: bool = False
    finish: bool = False

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that the text can hold: a lambda holds no statements."""
        return tuple(op for op in OPERATIONS if "BODY" in self.text or not op.is_statement)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What JAX made of an operation: the exception, and whether what it returned is wrong without one."""

    error: str = ""
    silent: bool = False
    is_traced: bool = False


def linted(transformation: Transformation, *, calls: bool) -> tuple[str, dict[int, Operation]]:
    """Return what jaxlint reads, and the operations by their rows; with the calls or without them."""
    text, rows = HEADER, {}
    for number, operation in enumerate(transformation.operations):
        for line in _function(transformation, operation, number, _plain).splitlines():
            text += line.replace(_MARK, "") + "\n"
            if _MARK in line:
                rows[text.count("\n")] = operation
    if calls:
        text += '\n\nif __name__ == "__main__":\n'
        for number in range(len(transformation.operations)):
            text += textwrap.indent(_named(transformation.call, number), "    ") + "\n"
    return text, rows


def measured(transformation: Transformation) -> dict[Operation, Outcome]:
    """Run every operation under a transformation; one that JAX never comes to is not among the results."""
    record = _Record(transformation.finish)
    with _quietly():
        for number, operation in enumerate(transformation.operations):
            text = _function(transformation, operation, number, _recorded)
            names = dict(_header(), __name__="generated", attempt=record.attempt)
            record.operation = operation
            with contextlib.suppress(Exception):
                _run(f"{text}\n{_named(transformation.call, number)}", names)
    return record.outcomes


def runs(transformation: Transformation) -> None:
    """Run the transformation around an operation that does nothing, to the end."""
    with _quietly():
        text = _function(transformation, Operation("<v>, <k>"), 0, _plain).replace(_MARK, "")
        _run(f"{text}\n{_named(transformation.call, 0)}", dict(_header(), __name__="generated"))


_MARK = "#operation"


class _Done(Exception):  # noqa: N818 - it tells of no error
    """Ends a trace after the operation."""


class _Record:
    """Notes what the operations do; ``attempt`` is known to the programs that run."""

    def __init__(self, finish: bool) -> None:
        self.finish = finish
        self.operation = OPERATIONS[0]
        self.outcomes: dict[Operation, Outcome] = {}

    def attempt(self, operand: Any, action: Callable[[], Any]) -> None:
        """Run an operation on an operand, note what happened, and end the trace."""
        import jax

        is_traced = isinstance(operand, jax.core.Tracer)
        try:
            result = action()
        except Exception as error:  # noqa: BLE001 - whatever JAX raises is the outcome
            outcome = Outcome(type(error).__name__, is_traced=is_traced)
        else:
            wrong = {TRACER: is_traced, FALSE: result is False}
            outcome = Outcome(silent=wrong.get(self.operation.silent, False), is_traced=is_traced)
        self.outcomes.setdefault(self.operation, outcome)
        if not self.finish:
            raise _Done


def _function(transformation: Transformation, operation: Operation, number: int, write: _Writer) -> str:
    """The text of a transformed function around one operation."""
    made = _MADE[transformation.kind]
    text = transformation.text
    if "BODY" in text:
        lines = [f"{name} = {made[name]}" for name in "svn" if operation.uses(name) and made[name] != "x"]
        names = {name: "x" if made[name] == "x" else name for name in made} | {"k": transformation.static}
        body = [*lines, *write(_filled(operation.text, names), operation)]
        text = re.sub(r"^( *)BODY$", lambda match: textwrap.indent("\n".join(body), match[1]), text, flags=re.M)
    else:
        filled = _filled(operation.text, made | {"k": transformation.static})
        text = text.replace("EXPRESSION", write(filled, None)[0])
    return _named(text.strip("\n"), number) + "\n\n"


_Writer = Callable[[str, "Operation | None"], "Sequence[str]"]


def _plain(text: str, operation: Operation | None) -> Sequence[str]:
    """The operation as a user writes it; inside an expression its line is not marked here."""
    return [f"{text}  {_MARK}"] if operation else [f"({text})"]


def _recorded(text: str, operation: Operation | None) -> Sequence[str]:
    """The operation as an action that is noted."""
    if operation is None:
        return [f"attempt(x, lambda: ({text}))"]
    operand = next((name for name in "nsv" if operation.uses(name) and re.search(rf"\b{name}\b", text)), "x")
    if operation.is_statement:
        names = ", ".join(name for name in "svn" if operation.uses(name) and name in text)
        del names
        return ["def action():", f"    {text}", f"attempt({operand}, action)"]
    return [f"attempt({operand}, lambda: ({text}))"]


def _filled(text: str, names: dict[str, str]) -> str:
    return re.sub(r"<(\w)>", lambda match: names[match[1]], text)


def _named(text: str, number: int) -> str:
    return re.sub(r"\bF\b", f"f{number}", text)
