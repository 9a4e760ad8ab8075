"""Measure what JAX, NumPy and Python do with tracers, and write the tables of `jaxlint/knowledge`.

    python tools/measure_knowledge.py             # all tables
    python tools/measure_knowledge.py functions   # only this table

What cannot be measured (the words for shapes, dtypes and results) is kept by hand in `words.toml`, which this
program never writes.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
import measure_jax
import measure_tracers
import numpy as np
import samples

KNOWLEDGE = Path(__file__).resolve().parent.parent / "jaxlint" / "knowledge"
ARRAY = "jax.Array"
WIDTH = 100

Table = dict[str, dict[str, dict[str, list[str]]]]
"""Fact, namespace, value, names: names that share a fact share a line."""


def render(title: str, table: Mapping[str, Mapping[str, Mapping[str, Iterable[str]]]]) -> str:
    """Return a table as TOML: a section per fact and namespace, a line per value with its names."""
    lines = [
        f"# {title}",
        f"# Written by tools/measure_knowledge.py on JAX {jax.__version__}, NumPy {np.__version__}.",
    ]
    for fact, by_namespace in table.items():
        for namespace, by_value in by_namespace.items():
            if not by_value:
                continue
            lines += ["", f'[{fact}."{namespace}"]']
            lines += [_row(value, sorted(names)) for value, names in sorted(by_value.items())]
    return "\n".join(lines) + "\n"


def _row(value: str, names: Iterable[str]) -> str:
    key = value if value and value.replace("_", "").isalnum() and value.isascii() else "'" + value + "'"
    if "'" in value:
        key = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    text = " ".join(names)
    if len(key) + len(text) + 5 <= WIDTH:
        return f'{key} = "{text}"'
    return f'{key} = """\n{_wrapped(text)}"""'


def _wrapped(text: str) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def collect(measured: Mapping[str, Mapping[str, measure_jax.Measured]]) -> Table:
    """Turn the facts of functions, by namespace and name, into the rows of a table."""
    facts = (
        "signatures",
        "returns",
        "concrete",
        "remedy",
        "sized",
        "sequences",
        "arrays",
        "elements",
        "strict",
    )
    table: Table = {fact: defaultdict(lambda: defaultdict(list)) for fact in facts}
    for namespace, functions in measured.items():
        for name, facts_of in functions.items():
            table["signatures"][namespace][facts_of.signature].append(name)
            if facts_of.returns != "array":
                table["returns"][namespace][facts_of.returns].append(name)
            if facts_of.remedy:
                table["remedy"][namespace][facts_of.remedy].append(name)
            for fact in ("concrete", "sized", "sequences", "arrays", "elements", "strict"):
                for parameter in getattr(facts_of, fact):
                    table[fact][namespace][parameter].append(name)
    return table


def functions() -> str:
    """Return the table of JAX's functions."""
    measured: dict[str, dict[str, measure_jax.Measured]] = {}
    for namespace in measure_jax.namespaces():
        found = measure_jax.callables(namespace)
        results = {name: measure_jax.measure(f"{namespace}.{name}", value) for name, value in found.items()}
        measured[namespace] = {name: result for name, result in results.items() if result}
    return render(
        "Signatures of JAX's functions, and what they ask of their arguments under jit.", collect(measured)
    )


def arrays() -> str:
    """Return the table of the attributes and methods of JAX arrays."""
    table = collect({ARRAY: measure_tracers.array_methods()})
    attributes = measure_tracers.array_attributes()
    table["attributes"] = {ARRAY: grouped(attributes)}
    table["lacking"] = {ARRAY: {"numpy": measure_tracers.numpy_only()}}
    table["at"] = {ARRAY: {"update": measure_tracers.at_methods()}}
    scalar = jnp.float32(0.5)
    for level, measure in (("jit", measure_tracers.under_jit), ("grad", measure_tracers.under_grad)):
        found = {name: measure(call, scalar) for name, call in measure_tracers.CONVERSIONS.items()}
        table[level] = {ARRAY: grouped(found)}
    return render("Attributes and methods of JAX arrays, and what conversions of a tracer do.", table)


def numpy() -> str:
    """Return the table of NumPy's functions."""
    table = _host_table("numpy")
    for name, value in measure_tracers.ufunc_methods().items():
        _host_row(table, "numpy.ufunc", name, value, samples.CALLS.get(f"numpy.ufunc.{name}"))
    return render("Signatures of NumPy's functions, and what they do with tracers.", table)


def scipy() -> str:
    """Return the table of SciPy's functions; their signatures are left out."""
    table = _host_table("scipy")
    del table["signatures"]
    return render("What SciPy's functions do with tracers.", table)


def builtins() -> str:
    """Return the table of Python's builtins and standard library."""
    table: Table = {fact: defaultdict(lambda: defaultdict(list)) for fact in ("jit", "grad")}
    for namespace, calls in measure_tracers.PYTHON.items():
        for name, text in calls.items():
            _outcomes(table, namespace, name, *measure_tracers.python_outcomes(text))
    return render("What builtins and the standard library do with tracers.", table)


def _host_table(library: str) -> Table:
    facts = ("signatures", "counterpart", "jit", "grad", "others")
    table: Table = {fact: defaultdict(lambda: defaultdict(list)) for fact in facts}
    for namespace, module in measure_tracers.COUNTERPARTS.items():
        if namespace.partition(".")[0] != library:
            continue
        twins = measure_jax.callables(module)
        for name, value in measure_tracers.numpy_callables(namespace).items():
            sample = samples.CALLS.get(f"{namespace}.{name}") or samples.CALLS.get(f"{module}.{name}")
            _host_row(table, namespace, name, value, sample)
            if name in twins:
                table["counterpart"][namespace][module].append(name)
    return table


def _host_row(
    table: Table, namespace: str, name: str, function: Callable[..., Any], sample: str | None
) -> None:
    signature = measure_jax.signature_text(function)
    if signature is not None:
        table["signatures"][namespace][signature].append(name)
    outcomes = measure_tracers.numpy_outcomes(function, sample)
    if outcomes is None:
        return
    jit, grad, others = outcomes
    _outcomes(table, namespace, name, jit, grad)
    for parameter, outcome in others.items():
        table["others"][namespace][f"{parameter} {outcome}"].append(name)


def _outcomes(table: Table, namespace: str, name: str, jit: str, grad: str) -> None:
    table["jit"][namespace][jit].append(name)
    if grad != jit:
        table["grad"][namespace][grad].append(name)


def grouped(facts: Mapping[str, str]) -> dict[str, list[str]]:
    """Turn name to value into value to names."""
    by_value: dict[str, list[str]] = defaultdict(list)
    for name, value in facts.items():
        by_value[value].append(name)
    return dict(by_value)


TABLES = {"functions": functions, "arrays": arrays, "numpy": numpy, "scipy": scipy, "builtins": builtins}


def main(arguments: list[str]) -> None:
    """Write the named tables, or all."""
    for name in arguments or TABLES:
        (KNOWLEDGE / f"{name}.toml").write_text(TABLES[name](), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
