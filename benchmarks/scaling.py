"""How the work grows with a program: each kind of program is analysed at some size and at twice that.

    python benchmarks/scaling.py                # all kinds
    python benchmarks/scaling.py keys branches  # some

What is counted are the calls of functions, Python's own included, which are the same on every run and
machine; seconds of the processor stand beside them. A ratio of 2 is linear growth, one of 4 quadratic.
`tests/test_scaling.py` holds the ratios below `LIMIT`.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from jaxlint import check_source

LIMIT = 2.6
"""Twice the program may take this many times the calls: some things are sorted, or looked up in what grew."""

Program = Callable[[int], str]

_HEAD = "import jax\nimport jax.numpy as jnp\n\n"


def _lines(count: int, line: str, head: str = "", tail: str = "") -> str:
    """``line`` over and over, with ``{i}`` for its number and ``{j}`` for that of the next."""
    return _HEAD + head + "".join(line.format(i=i, j=i + 1) for i in range(count)) + tail


_COMPILED = "@jax.jit\ndef f(x):\n"

PROGRAMS: dict[str, tuple[int, Program]] = {
    "assignments": (1500, lambda n: _lines(n, "x{i} = jnp.ones({i} + 1)\n")),
    "literals": (3000, lambda n: _HEAD + f"table = [{', '.join(map(str, range(n)))}]\n"),
    "dictionaries": (1500, lambda n: _lines(n, "    'k{i}': {i},\n", "table = {\n", "}\n")),
    "branches": (300, lambda n: _lines(n, "if flag({i}):\n    x{i} = 1\nelse:\n    x{i} = 2\n")),
    "branches in a function": (
        300,
        lambda n: _lines(n, "    if flag({i}):\n        x{i} = 1\n", "def f(flag):\n"),
    ),
    "functions": (300, lambda n: _lines(n, "def f{i}(x):\n    return f{j}(x) + 1\n\n")),
    "calls": (
        300,
        lambda n: _lines(n, "    x = g(x, {i})\n", f"def g(x, i):\n    return x * i\n\n{_COMPILED}"),
    ),
    "compiled functions": (
        200,
        lambda n: _lines(n, "@jax.jit\ndef f{i}(x):\n    return jnp.sin(x) if x.ndim else x\n\n"),
    ),
    "findings": (150, lambda n: _lines(n, "    if x > {i}:\n        x = x + 1\n", _COMPILED)),
    "attributes": (
        150,
        lambda n: _lines(n, "        self.a{i} = {i}\n", "class A:\n    def __init__(self):\n"),
    ),
    "methods": (
        150,
        lambda n: _lines(
            n, "    def m{i}(self):\n        return self.m{j}() + self.a\n", "class A:\n    a = 1\n"
        ),
    ),
    "keys": (
        150,
        lambda n: _lines(n, "    key, sub = jax.random.split(key)\n    x = f(sub)\n", "def g(key, f):\n"),
    ),
    "loops": (150, lambda n: _lines(n, "    for i in range(3):\n        x = x + i\n", _COMPILED)),
    "closures": (
        150,
        lambda n: _lines(n, "    def g{i}(y):\n        return y + x\n    x = g{i}(x)\n", _COMPILED),
    ),
    "comments": (2000, lambda n: _lines(n, "x = 1  # noqa: JAX301\n")),
}
"""A size, and the program of that size."""


def calls(program: str) -> int:
    """How many functions are called to lint a program, by all threads."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        check_source(program)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # as documented
    return count


def growth(name: str) -> tuple[int, int]:
    """The calls that a program takes, and those that one twice as long takes."""
    size, program = PROGRAMS[name]
    return calls(program(size)), calls(program(2 * size))


def main() -> None:
    """Print a line for each kind of program."""
    parser = argparse.ArgumentParser(description="Compare programs with programs of twice their size.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROGRAMS))
    check_source(_HEAD)  # reads the tables
    for name in parser.parse_args().names or PROGRAMS:
        started = time.process_time()
        small, large = growth(name)
        seconds = time.process_time() - started
        print(f"{large / small:5.2f}  {small:>9,} calls  {large:>10,} calls  {seconds:6.2f} s  {name}")


if __name__ == "__main__":
    main()
