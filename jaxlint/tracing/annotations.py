"""Arguments from annotations: jaxtyping, chex, JAX's own types and Python's."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

SIZE = 3
"""The size of a dimension of which nothing is known; where all are the same, products and sums fit."""

ARRAY = "array"
"""Stands for an array of unknown rank."""

_JAXTYPING: dict[str, str] = {
    **dict.fromkeys(("Float", "Inexact", "Num", "Shaped", "Real", "Float32"), "f32"),
    **dict.fromkeys(("Int", "Integer", "Int32"), "i32"),
    **dict.fromkeys(("UInt", "UInt32"), "u32"),
    "Bool": "bool",
    "Complex": "c64",
    "Int8": "i8",
    "UInt8": "u8",
    "Float16": "f16",
    "BFloat16": "bf16",
    "Float64": "f64",
    "Int64": "i64",
}
_ARRAYS = frozenset(
    """Array ndarray ArrayLike jax.Array jnp.ndarray jnp.array jax.numpy.ndarray np.ndarray numpy.ndarray
    chex.Array chex.ArrayDevice chex.ArrayNumpy chex.Numeric Numeric DeviceArray jax.typing.ArrayLike
    npt.NDArray NDArray Tensor""".split()
)
_KEYS = frozenset(
    """PRNGKeyArray PRNGKey KeyArray chex.PRNGKey jax.random.PRNGKey jax.random.KeyArray PRNGKeyArrayLike
    jaxtyping.PRNGKeyArray chex.PRNGKeyArray""".split()
)
_SCALARS = {
    "float": "f32[]", "int": "1", "bool": "True", "complex": "c64[]", "Scalar": "f32[]",
    "ScalarLike": "f32[]", "FloatLike": "f32[]", "IntLike": "1", "None": "None",
    "Callable": "function", "callable": "function",
}  # fmt: skip
_FIXED = re.compile(r"\d+")


def word_of(
    node: ast.expr | None, class_word: Callable[[str], str | None], sizes: dict[str, int]
) -> str | None:
    """The word for an annotation, `ARRAY` for an array of unknown rank, None where it says nothing.

    ``class_word`` gives the word for a class of the module, ``sizes`` the named dimensions seen so far.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        try:
            node = ast.parse(node.value, mode="eval").body
        except (SyntaxError, ValueError):
            return None
    if node is None:
        return None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return word_of(node.left, class_word, sizes) or word_of(node.right, class_word, sizes)
    if isinstance(node, ast.Subscript):
        return _subscript(node, class_word, sizes)
    dotted = ast.unparse(node)
    if dotted in _ARRAYS or dotted.removeprefix("jaxtyping.") in _ARRAYS:
        return ARRAY
    if dotted in _KEYS:
        return "key"
    return _SCALARS.get(dotted) or _SCALARS.get(dotted.rpartition(".")[2]) or class_word(dotted)


def _subscript(
    node: ast.Subscript, class_word: Callable[[str], str | None], sizes: dict[str, int]
) -> str | None:
    name = ast.unparse(node.value).rpartition(".")[2]
    items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name in _JAXTYPING and len(items) == 2 and isinstance(items[1], ast.Constant):
        return _shaped(_JAXTYPING[name], str(items[1].value), sizes)
    if name in {"Key", "PRNGKeyArray"}:
        return "key"
    if name in {"Optional", "Annotated", "Final", "ClassVar"}:
        return word_of(items[0], class_word, sizes)
    if name == "Union":
        return next((found for item in items if (found := word_of(item, class_word, sizes))), None)
    if name == "Callable":
        return _SCALARS["Callable"]
    if name == "Literal" and isinstance(items[0], ast.Constant):
        return repr(items[0].value)
    if name in {"tuple", "Tuple"}:
        return _tuple(items, class_word, sizes)
    if name in {"list", "List", "Sequence", "Iterable"}:
        inner = _concrete(word_of(items[0], class_word, sizes))
        return None if inner is None else f"[{inner}, {inner}]"
    if name in {"ndarray", "NDArray"}:
        return ARRAY
    return None


def _tuple(
    items: list[ast.expr], class_word: Callable[[str], str | None], sizes: dict[str, int]
) -> str | None:
    if len(items) == 2 and isinstance(items[1], ast.Constant) and items[1].value is ...:
        items = [items[0], items[0]]
    words = [_concrete(word_of(item, class_word, sizes)) for item in items]
    if None in words:
        return None
    return f"({', '.join(filter(None, words))},)"


def _concrete(word: str | None) -> str | None:
    return f"f32[{SIZE}]" if word == ARRAY else word


def _shaped(dtype: str, text: str, sizes: dict[str, int]) -> str:
    """An array from jaxtyping's words for dimensions; a name has the same size wherever it stands."""
    shape: list[int] = []
    for part in text.split():
        axis = part.lstrip("*#?_").partition("=")
        name = axis[2] or axis[0]
        if part.startswith("*") or part == "...":
            continue
        if _FIXED.fullmatch(name):
            shape.append(int(name))
        else:
            shape.append(sizes.setdefault(name, SIZE + len(sizes) if name.isidentifier() else SIZE))
    return f"{dtype}[{','.join(map(str, shape))}]"
