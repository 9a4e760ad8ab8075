"""Typed access to ``libraries/*.toml``: what functions, classes and methods of other libraries give.

A table is named after a module and maps a specification to the names that it holds for.

``"params, updates -> params"``: a call with these leading parameters, and what it returns. Results are
separated by commas; more than one makes a tuple:

- ``array``, ``scalar``, ``tree`` (one array or a container of them), ``arrays`` (a sequence), ``none``,
  ``unknown``, ``static`` and ``static int``, ``shape``
- the name of a parameter, of this call or of the call that made the object: a value like that argument
- ``x[...]`` an array of the shape of ``x``; ``x[..., n]`` with ``n`` as its last dimension, ``x[..., n?]`` if
  ``n`` was given; ``x[..., +n]`` with one more; ``x[*, n]``, ``x[*]`` of its rank
- ``filled(s)`` an array of shape ``s``
- ``a or array``: the argument ``a`` if there is one
- ``@`` an object of the class that is called, ``@dotted.Name`` one of another, which remembers the arguments;
  ``self`` the receiver, ``new`` an object of the class whose class method this is
- ``%word``: what the interpreter has a rule of its own for
- ``=dotted.name``: that function

``"array"``, without an arrow: an attribute, by the same words. ``"a: array, b"``: the fields of a class, with
what is known of their values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from jaxlint.knowledge.frameworks import parent_class
from jaxlint.knowledge.tables import load_table

TABLES = ("equinox", "flax_linen", "flax_nnx", "haiku", "numpyro", "optax", "others")


@dataclass(frozen=True, slots=True)
class Result:
    """One value of a specification: ``kind`` is the word, ``name`` and ``last`` what it speaks of."""

    kind: str
    name: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Specification:
    """A call or an attribute: its leading parameters, and the values that it gives."""

    parameters: tuple[str, ...]
    variadic: bool
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """All that the tables say, by dotted name."""

    calls: dict[str, Specification]
    attributes: dict[str, Result]
    fields: dict[str, tuple[tuple[str, Result], ...]]


@cache
def entries() -> Entries:
    """All that the tables say."""
    found = Entries({}, {}, {})
    for table in TABLES:
        for module, rows in load_table(f"libraries/{table}").items():
            for text, names in rows.items():
                for name in names.split():
                    _enter(found, f"{module}.{name}", text)
    return found


def _enter(found: Entries, dotted: str, text: str) -> None:
    if "->" in text:
        found.calls[dotted] = _specification(text)
    elif ":" in text:
        pairs = (word.partition(":") for word in _split(text))
        found.fields[dotted] = tuple((name.strip(), _result(kind.strip())) for name, _, kind in pairs)
    else:
        found.attributes[dotted] = _result(text)


@cache
def _specification(text: str) -> Specification:
    left, _, right = text.partition("->")
    parameters = _split(left)
    names = tuple(name for name in parameters if not name.startswith("*"))
    return Specification(names, len(names) < len(parameters), tuple(map(_result, _split(right))))


def _split(text: str) -> list[str]:
    """The words between commas that stand in no brackets."""
    return [word.strip() for word in re.split(r",(?![^\[]*\])", text) if word.strip()]


_WORDS = frozenset("array arrays scalar tree none unknown shape self new".split())
_SHAPED = re.compile(r"(\w+)\[(\.\.\.|\*)(?:, *(\+?\w+\??))?\]")


@cache
def _result(text: str) -> Result:
    if text in _WORDS or not text:
        return Result(text or "unknown")
    if text.partition(" ")[0] == "static":
        return Result("static", text.partition(" ")[2])
    if text[0] in "@%=":
        return Result({"@": "object", "%": "rule", "=": "library"}[text[0]], text[1:])
    if text.endswith(" or array"):
        return Result("if given", text.partition(" ")[0])
    filled = re.fullmatch(r"filled\((\w+)\)", text)
    if filled is not None:
        return Result("filled", filled[1])
    shaped = _SHAPED.fullmatch(text)
    if shaped is not None:
        return Result("leading" if shaped[2] == "..." else "rank", shaped[1], shaped[3] or "")
    assert text.isidentifier(), text
    return Result("like", text)


def call(dotted: str) -> Specification | None:
    """What calling that function or class does; None where the tables do not say."""
    return entries().calls.get(dotted)


@cache
def method(cls: str, name: str) -> Specification | None:
    """What calling a method of a library's class does, looked up in the classes that it is like as well."""
    return next((spec for one in _line(cls) if (spec := call(f"{one}.{name}")) is not None), None)


@cache
def attribute(cls: str, name: str) -> Result | None:
    """What an attribute of an object of a library's class is."""
    known = entries().attributes
    return next((known[f"{one}.{name}"] for one in _line(cls) if f"{one}.{name}" in known), None)


@cache
def fields(cls: str) -> tuple[tuple[str, Result], ...] | None:
    """The fields of a library's class that projects inherit from or make objects of."""
    return entries().fields.get(cls)


@cache
def is_class(dotted: str) -> bool:
    """Whether the tables know what objects of that class do."""
    if not dotted.rpartition(".")[2][:1].isupper():
        return False
    return any(name.startswith(f"{one}.") for one in _line(dotted) for name in entries().calls)


def _line(cls: str) -> tuple[str, ...]:
    parent = parent_class(cls)
    return (cls,) if parent in (None, cls) else (cls, parent)
