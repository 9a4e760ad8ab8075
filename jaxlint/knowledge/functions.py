"""What library functions ask of their arguments and what they return: typed access to the measured tables.

`functions.toml`, `arrays.toml`, `numpy.toml`, `scipy.toml` and `builtins.toml` are written by
`tools/measure_knowledge.py`; `words.toml` adds, by hand, the words for results, shapes and dtypes that
`results.py` understands.  In all of them names that share a fact share a line: section
``[fact."namespace"]``, then ``value = "names"``.  A file is read when it is first needed, a namespace is
indexed when one of its functions is first asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache

from jaxlint.knowledge.tables import load_table


class Kind(IntEnum):
    """How a parameter is passed; the numbers are those of `inspect`."""

    POSITIONAL_ONLY = 0
    POSITIONAL_OR_KEYWORD = 1
    VAR_POSITIONAL = 2
    KEYWORD_ONLY = 3
    VAR_KEYWORD = 4


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter; ``default_text`` is ``...`` where the default is no plain constant."""

    name: str
    kind: Kind
    has_default: bool = False
    default_text: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters of a library function, in order."""

    params: tuple[Param, ...]

    def names(self) -> tuple[str, ...]:
        """Return the names of the parameters."""
        return tuple(param.name for param in self.params)

    def get(self, name: str) -> Param | None:
        """Return the parameter of that name."""
        return next((param for param in self.params if param.name == name), None)


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """What is known of one function of JAX, or of one method of its arrays.

    ``returns``: array, arrays, ``tuple:N``, list, static, tree, key, none, function, unknown, or factor (an
    array, and the flag ``lower`` as it was given);
    ``fields`` names the elements of a named tuple.  ``shape`` and ``dtype`` are words for `results.py`.
    ``varies``: parameters that change the kind of the result when they are passed (`return_index=True`).

    ``concrete``: parameters that must not be traced under `jit`; ``excused`` says of some of them that they
    may be where they are an ``array`` and no number, a ``pair`` of an array and a flag, or where the keyword
    of that name is passed.  ``data_dependent``: the parameter that must be given under `jit` because the
    result's size depends on values; it is needed whatever the arguments are or, when ``data_parameters`` is
    not empty, only if one of those is traced.
    ``sequences``: parameters that take a list of arrays or numbers where one might expect an array.
    ``arrays``: parameters that raise for a list or tuple; ``elements``: those that take several arrays,
    and raise if one of these is a list.  ``strict``: parameters that must all have the same dtype.
    """

    name: str
    signature: Signature
    returns: str = "unknown"
    shape: str = "unknown"
    dtype: str = "unknown"
    concrete: frozenset[str] = frozenset()
    data_dependent: str | None = None
    sequences: frozenset[str] = frozenset()
    arrays: frozenset[str] = frozenset()
    elements: frozenset[str] = frozenset()
    strict: frozenset[str] = frozenset()
    data_parameters: frozenset[str] = frozenset()
    varies: frozenset[str] = frozenset()
    excused: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happens to a tracer: ``traced``, ``static``, ``silent`` (wrong without an error) or ``raises``."""

    kind: str
    raises: str | None = None


@dataclass(frozen=True, slots=True)
class NumpyFacts:
    """What is known of one NumPy function.

    ``jit`` and ``grad``: what it does with a tracer of `jit`, or of `grad` alone, as its first array
    argument; ``others``: the parameters for which `jit` differs from that.  ``counterpart``: the
    function of `jax.numpy`. ``signature`` is None where NumPy does not tell.
    """

    name: str
    jit: Outcome
    grad: Outcome
    others: dict[str, Outcome] = field(default_factory=dict)
    counterpart: str | None = None
    signature: Signature | None = None
    returns: str = "unknown"
    shape: str = "unknown"
    dtype: str = "unknown"


@dataclass(frozen=True, slots=True)
class BuiltinFacts:
    """What a builtin or standard function does with a tracer of `jit`, and of `grad` alone."""

    name: str
    jit: Outcome
    grad: Outcome


_ARRAY = "jax.Array"
_PARAMETER_FACTS = ("concrete", "sized", "sequences", "arrays", "elements", "strict", "varies")


def function(dotted: str) -> FunctionFacts | None:
    """Return the facts about a function of JAX by its public dotted name, or None."""
    namespace, _, name = dotted.rpartition(".")
    return _facts(dotted) if name in _index("functions", "signatures", namespace) else None


def array_method(name: str) -> FunctionFacts | None:
    """Return the facts about a method of JAX arrays; the array itself is the first parameter, ``self``."""
    return _facts(f"{_ARRAY}.{name}") if name in _index("arrays", "signatures", _ARRAY) else None


def array_attribute(name: str) -> str | None:
    """Return what an attribute of arrays is: ``static``, ``array``, ``method`` or ``at``.

    The name of an exception stands for what a tracer raises; None if arrays have no such attribute.
    """
    return _index("arrays", "attributes", _ARRAY).get(name)


def numpy_only(name: str) -> bool:
    """Tell whether NumPy arrays have an attribute of that name and JAX arrays have not."""
    return name in _index("arrays", "lacking", _ARRAY)


def conversion(name: str) -> tuple[Outcome, Outcome] | None:
    """Return what a conversion (`item`, `__float__`) of a tracer does under `jit`, and under `grad` alone."""
    jit = _index("arrays", "jit", _ARRAY).get(name)
    return None if jit is None else (_outcome(jit), _outcome(_index("arrays", "grad", _ARRAY).get(name, jit)))


def at_methods() -> frozenset[str]:
    """Return the names of the updates of ``x.at[i]``."""
    return frozenset(_index("arrays", "at", _ARRAY))


@cache
def numpy_function(dotted: str) -> NumpyFacts | None:
    """Return the facts about a function of NumPy or SciPy by its public dotted name, or None.

    Methods of ufuncs have facts under any ufunc's name: `numpy.add.at`.
    """
    namespace, _, name = dotted.rpartition(".")
    table = namespace.partition(".")[0]
    if table not in ("numpy", "scipy"):
        return None
    module, _, ufunc = namespace.rpartition(".")
    if ufunc in _index("numpy", "jit", module):
        namespace = "numpy.ufunc"
    jit = _index(table, "jit", namespace).get(name)
    return None if jit is None else _numpy_facts(dotted, table, namespace, jit)


def _numpy_facts(dotted: str, table: str, namespace: str, jit: str) -> NumpyFacts:
    name = dotted.rpartition(".")[2]
    counterpart = _index(table, "counterpart", namespace).get(name)
    twin = function(f"{counterpart}.{name}") if counterpart else None
    text = _index(table, "signatures", namespace).get(name)
    others = _lists(table, "others", namespace).get(name, ())
    return NumpyFacts(
        dotted,
        jit=_outcome(jit),
        grad=_outcome(_index(table, "grad", namespace).get(name, jit)),
        others={parameter: _outcome(outcome) for parameter, outcome in (entry.split() for entry in others)},
        counterpart=twin.name if twin else None,
        signature=None if text is None else parse_signature(text),
        returns=twin.returns if twin else "unknown",
        shape=twin.shape if twin else "unknown",
        dtype=twin.dtype if twin else "unknown",
    )


@cache
def builtin(dotted: str) -> BuiltinFacts | None:
    """Return the facts about a builtin (`abs`) or a standard function (`math.sin`), or None."""
    namespace, _, name = dotted.rpartition(".")
    namespace = namespace or "builtins"
    jit = _index("builtins", "jit", namespace).get(name)
    if jit is None:
        return None
    return BuiltinFacts(dotted, _outcome(jit), _outcome(_index("builtins", "grad", namespace).get(name, jit)))


@cache
def parse_signature(text: str) -> Signature:
    """Read a signature of the tables: what stands between the parentheses of a `def`."""
    arguments = ast.parse(f"def f({text}): 0").body[0].args  # type: ignore[attr-defined]  # a function, as written
    positional = [(each, Kind.POSITIONAL_ONLY) for each in arguments.posonlyargs]
    positional += [(each, Kind.POSITIONAL_OR_KEYWORD) for each in arguments.args]
    undefaulted = [None] * (len(positional) - len(arguments.defaults))
    entries = [
        (*each, default) for each, default in zip(positional, undefaulted + arguments.defaults, strict=True)
    ]
    if arguments.vararg:
        entries.append((arguments.vararg, Kind.VAR_POSITIONAL, None))
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    entries += [(each, Kind.KEYWORD_ONLY, default) for each, default in keyword_only]
    if arguments.kwarg:
        entries.append((arguments.kwarg, Kind.VAR_KEYWORD, None))
    return Signature(
        tuple(
            Param(each.arg, kind, default is not None, ast.unparse(default) if default else "")
            for each, kind, default in entries
        )
    )


@cache
def _facts(dotted: str) -> FunctionFacts:
    namespace, _, name = dotted.rpartition(".")
    table = "arrays" if namespace == _ARRAY else "functions"
    of_parameters = {
        fact: frozenset(_lists(table if fact != "varies" else "words", fact, namespace).get(name, ()))
        for fact in _PARAMETER_FACTS
    }
    returns = _word("returns", namespace, name) or _index(table, "returns", namespace).get(name, "array")
    return FunctionFacts(
        dotted,
        parse_signature(_index(table, "signatures", namespace)[name]),
        returns=returns,
        shape=_word("shape", namespace, name) or "unknown",
        dtype=_word("dtype", namespace, name) or "unknown",
        data_dependent=_index(table, "remedy", namespace).get(name),
        data_parameters=of_parameters.pop("sized"),
        excused=tuple(_excuses(namespace, name)),
        fields=tuple((_word("fields", namespace, name) or "").split()),
        **of_parameters,
    )


def _excuses(namespace: str, name: str) -> Iterator[tuple[str, str]]:
    for words in _lists("words", "excused", namespace).get(name, ()):
        parameter, excuse = words.split()
        yield parameter, excuse


def _word(fact: str, namespace: str, name: str) -> str | None:
    """The hand-kept word of a function: its own, or that of all (`*`) of its namespace or the one above.

    A method of arrays has the word of the function of `jax.numpy` of its name.
    """
    own = _index("words", fact, namespace)
    above = _index("words", fact, namespace.rpartition(".")[0] + ".*")
    twin = _index("words", fact, "jax.numpy") if namespace == _ARRAY else {}
    return own.get(name) or twin.get(name) or own.get("*") or above.get("*")


@cache
def _index(table: str, fact: str, namespace: str) -> dict[str, str]:
    """One section turned round: name to value."""
    section = _table(table).get(fact, {}).get(namespace, {})
    return {name: value for value, names in section.items() for name in names.split()}


@cache
def _lists(table: str, fact: str, namespace: str) -> dict[str, list[str]]:
    """One section turned round, where a name may have several values."""
    index: dict[str, list[str]] = {}
    for value, names in _table(table).get(fact, {}).get(namespace, {}).items():
        for name in names.split():
            index.setdefault(name, []).append(value)
    return index


@cache
def _table(name: str) -> dict[str, dict[str, dict[str, str]]]:
    return load_table(name)


def _outcome(text: str) -> Outcome:
    return Outcome("raises", text) if text[0].isupper() else Outcome(text)
