"""Dtypes by their short names, and how JAX and NumPy promote them.

JAX orders its dtypes in a lattice; Python scalars, and arrays computed from nothing else, are *weak*:
they have nodes of their own (``i*``, ``f*``, ``c*``) below the sized dtypes of their kind.  64-bit types
are taken to be off, as they are by default.  ``None`` stands for a dtype that is not known.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Dtype(NamedTuple):
    """A dtype: its short name (``f32``, ``bf16``, ``bool``, ``key``), and whether it is weak."""

    name: str
    weak: bool = False

    @property
    def kind(self) -> str:
        """One of ``bool``, ``u``, ``i``, ``f``, ``c``, ``key``."""
        return kind_of(self.name)


BOOL = Dtype("bool")
INT = Dtype("i32")
FLOAT = Dtype("f32")
COMPLEX = Dtype("c64")
KEY = Dtype("key")

SHORT_NAMES: dict[str, str] = {
    "bool": "bool",
    "bool_": "bool",
    "bfloat16": "bf16",
    **{f"float{bits}": f"f{bits}" for bits in (16, 32, 64)},
    **{f"int{bits}": f"i{bits}" for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": f"u{bits}" for bits in (8, 16, 32, 64)},
    **{f"complex{bits}": f"c{bits}" for bits in (64, 128)},
    "half": "f16",
    "single": "f32",
    "double": "f64",
    "csingle": "c64",
    "cdouble": "c128",
    "float": "f64",
    "float_": "f64",
    "int": "i64",
    "int_": "i64",
    "uint": "u64",
    "intp": "i64",
    "complex": "c128",
    "complex_": "c128",
    "complexfloating": "c128",
}
"""Names of `numpy`, `jax.numpy` and Python's types (also as strings) to short names, as wide as in NumPy."""

_NARROW = {"f64": "f32", "i64": "i32", "u64": "u32", "c128": "c64"}
_WEAK_NODES = {"i": "i*", "u": "i*", "f": "f*", "c": "c*", "bool": "bool"}
_ABOVE: dict[str, tuple[str, ...]] = {
    "bool": ("i*",),
    "i*": ("u8", "i8"),
    "u8": ("i16", "u16"),
    "u16": ("i32", "u32"),
    "u32": ("i64", "u64"),
    "u64": ("f*",),
    "i8": ("i16",),
    "i16": ("i32",),
    "i32": ("i64",),
    "i64": ("f*",),
    "f*": ("bf16", "f16", "c*"),
    "bf16": ("f32",),
    "f16": ("f32",),
    "f32": ("f64", "c64"),
    "f64": ("c128",),
    "c*": ("c64",),
    "c64": ("c128",),
    "c128": (),
}


def short_dtype(name: str, *, x64: bool = False) -> Dtype | None:
    """Return the dtype of that name (`float32`, `bool_`, `int`), as JAX would make it with 64 bits off."""
    short = SHORT_NAMES.get(name)
    return None if short is None else Dtype(short) if x64 else canonical(Dtype(short))


def kind_of(name: str) -> str:
    """Return the kind of a short name: ``f`` for ``bf16``, the name itself for ``bool`` and ``key``."""
    return name if name in ("bool", "key") else "f" if name == "bf16" else name[0]


def long_name(dtype: Dtype) -> str:
    """Return the name that programs write: ``float32`` for ``f32``."""
    if dtype.name in ("bool", "key"):
        return dtype.name
    bits = dtype.name.lstrip("biufc")
    return {"bf16": "bfloat16"}.get(dtype.name, f"{_WORDS[dtype.kind]}{bits}")


_WORDS = {"u": "uint", "i": "int", "f": "float", "c": "complex"}


def canonical(dtype: Dtype | None) -> Dtype | None:
    """Return the dtype JAX makes of it with 64-bit types off."""
    return dtype if dtype is None else dtype._replace(name=_NARROW.get(dtype.name, dtype.name))


def python_scalar(value: object) -> Dtype | None:
    """Return the dtype that a Python number has in JAX: weak, except for booleans."""
    if isinstance(value, bool):
        return BOOL
    names: tuple[tuple[type, str], ...] = ((int, "i32"), (float, "f32"), (complex, "c64"))
    return next((Dtype(name, weak=True) for cls, name in names if isinstance(value, cls)), None)


@cache
def _reachable(node: str) -> frozenset[str]:
    return frozenset({node}.union(*(_reachable(above) for above in _ABOVE[node])))


@cache
def promote(a: Dtype | None, b: Dtype | None) -> Dtype | None:
    """Return the dtype of an operation between two JAX operands, if both are known and have one."""
    if a is None or b is None:
        return None
    if a == b:
        return canonical(a)
    nodes = [_WEAK_NODES.get(d.kind, d.name) if d.weak else d.name for d in (a, b)]
    if not all(node in _ABOVE for node in nodes):
        return None
    common = _reachable(nodes[0]) & _reachable(nodes[1])
    least = max(common, key=lambda node: len(_reachable(node)))
    if least.endswith("*"):
        return Dtype({"i*": "i32", "f*": "f32", "c*": "c64"}[least], weak=True)
    return canonical(Dtype(least))


def promote_all(dtypes: list[Dtype | None]) -> Dtype | None:
    """Return the promoted dtype of any number of operands."""
    result = dtypes[0] if dtypes else None
    for dtype in dtypes[1:]:
        result = promote(result, dtype)
    return result


def inexact(dtype: Dtype | None) -> Dtype | None:
    """Return the dtype of a function such as `sin`: inexact numbers stay, all else becomes a float."""
    if dtype is None or dtype.kind in ("f", "c"):
        return dtype
    return None if dtype.kind == "key" else FLOAT._replace(weak=dtype.weak)


def real(dtype: Dtype | None) -> Dtype | None:
    """Return the dtype of the real part."""
    if dtype is None or dtype.kind != "c":
        return dtype
    return dtype._replace(name={"c64": "f32", "c128": "f64"}[dtype.name])


def complexed(dtype: Dtype | None) -> Dtype | None:
    """Return the complex dtype that holds this one."""
    return promote(COMPLEX, dtype) if dtype is None or dtype.kind != "key" else None


def summed(dtype: Dtype | None) -> Dtype | None:
    """Return the dtype of a sum or product: small integers and booleans grow to 32 bits, none is weak."""
    if dtype is None or dtype.kind == "key":
        return None
    grown = {"bool": "i32", "i8": "i32", "i16": "i32", "u8": "u32", "u16": "u32"}
    return Dtype(grown.get(dtype.name, dtype.name))


def promote_numpy(a: Dtype | None, b: Dtype | None) -> Dtype | None:
    """Return the dtype of a NumPy operation between two operands, 64-bit types on, Python numbers weak."""
    if a is None or b is None or "key" in (a.kind, b.kind) or "bf16" in (a.name, b.name):
        return None
    if a.weak != b.weak:
        strong, weak = (b, a) if a.weak else (a, b)
        return strong if _RANK[weak.kind] <= _RANK[strong.kind] else _wider(strong, weak.kind)
    low, high = sorted((a, b), key=lambda dtype: (_RANK[dtype.kind], _bits(dtype)))
    if low.kind in (high.kind, "bool"):
        return high
    return _mixed(low, high)


_RANK = {"bool": 0, "u": 1, "i": 1, "f": 2, "c": 3}


def _bits(dtype: Dtype) -> int:
    return 8 if dtype.name == "bool" else int(dtype.name[1:])


def _wider(strong: Dtype, kind: str) -> Dtype:
    """A Python number of a higher kind than the array: the array's values must still fit."""
    if kind in ("i", "u"):
        return Dtype("i64")
    if strong.kind == "f" and kind == "c":
        return Dtype("c64" if _bits(strong) <= 32 else "c128")
    return Dtype("f64" if kind == "f" else "c128")


def _mixed(low: Dtype, high: Dtype) -> Dtype:
    """Two arrays of different kinds: the least dtype that holds both."""
    if {low.kind, high.kind} == {"u", "i"}:
        unsigned, signed = (low, high) if low.kind == "u" else (high, low)
        bits = max(2 * _bits(unsigned), _bits(signed))
        return Dtype(f"i{bits}") if bits <= 64 else Dtype("f64")
    needed = _bits(low) if low.kind == "f" else min(64, max(16, 2 * _bits(low)))
    if high.kind == "f":
        return Dtype(f"f{max(needed, _bits(high))}")
    return Dtype("c128" if max(needed, _bits(high) // 2) > 32 else "c64")
