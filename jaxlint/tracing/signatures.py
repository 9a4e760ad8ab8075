"""The words for arguments, such as ``f32[8,3]``, ``key`` and ``static:3``, and what they stand for.

They are what users write in the configuration and in comments, what the parent tells a worker, and what
reports show. A word is an array (``f32[8,3]``, ``i32[]``), a NumPy array (``numpy:f32[3]``), a random
key (``key``, ``key[4]``), a Python value that is passed as it is (``3``, ``"relu"``, ``None``), one that
is held fixed while tracing (``static:3``), an object made by calling a class or function
(``new:pkg.mod.Net(3)``, or ``new:pkg.mod.Net`` with whatever it needs), a function of whatever it is given
(``function``, ``function:f32[]`` with such a result, ``function:2`` with two), or a tuple, list or dict of
words.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

DTYPES: dict[str, str] = {
    "bool": "bool",
    "bf16": "bfloat16",
    **{f"f{bits}": f"float{bits}" for bits in (16, 32, 64)},
    **{f"i{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"u{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
    **{f"c{bits}": f"complex{bits}" for bits in (64, 128)},
}
"""Short names of dtypes and the names that JAX gives them."""

_KEY_NAMES = frozenset(
    "key rng prng prng_key rng_key random_key subkey prngkey rng_in key_in k_rng seed_key".split()
)


def is_key_name(name: str) -> bool:
    """Whether people call random keys so."""
    return name in _KEY_NAMES or name.endswith(("_key", "_rng"))


def is_keys_name(name: str) -> bool:
    """Whether people call arrays of random keys so."""
    return name.endswith("s") and is_key_name(name[:-1])


_FUNCTION_NAMES = frozenset(
    "f fn fun func function model guide loss_fn activation act body objective apply kernel".split()
)


def is_function_name(name: str) -> bool:
    """Whether people call functions so."""
    return name in _FUNCTION_NAMES or name.endswith(("_fn", "_fun", "_func", "_function"))


def is_loss_name(name: str) -> bool:
    """Whether the name of a function says that its result is a number."""
    return any(word in name for word in ("loss", "potential", "objective", "energy", "log_prob"))


class SignatureError(ValueError):
    """A word that stands for no argument; the message says which."""


@dataclass(frozen=True, slots=True)
class ArrayWord:
    """An array of a short-named dtype; ``on_host`` when it is NumPy's."""

    dtype: str
    shape: tuple[int, ...]
    on_host: bool = False

    def __str__(self) -> str:
        """Write the word."""
        prefix = "numpy:" if self.on_host else ""
        return f"{prefix}{self.dtype}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True, slots=True)
class KeyWord:
    """A random key, or an array of keys."""

    shape: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Write the word."""
        return f"key[{','.join(map(str, self.shape))}]" if self.shape else "key"


@dataclass(frozen=True, slots=True)
class ValueWord:
    """A Python value; ``static`` when it must not become a tracer."""

    value: object = field(hash=False)
    static: bool = False

    def __str__(self) -> str:
        """Write the word."""
        return f"static:{self.value!r}" if self.static else repr(self.value)


@dataclass(frozen=True, slots=True)
class NewWord:
    """An object made by calling ``dotted``; ``arguments`` is None where nothing says with what."""

    dotted: str
    arguments: tuple[tuple[str | None, Word], ...] | None = None

    def __str__(self) -> str:
        """Write the word."""
        if self.arguments is None:
            return f"new:{self.dotted}"
        inner = ", ".join(f"{name}={word}" if name else str(word) for name, word in self.arguments)
        return f"new:{self.dotted}({inner})"


@dataclass(frozen=True, slots=True)
class RefWord:
    """What a dotted name stands for: a function, a class, a constant."""

    dotted: str

    def __str__(self) -> str:
        """Write the word."""
        return f"ref:{self.dotted}"


@dataclass(frozen=True, slots=True)
class FunctionWord:
    """A function of anything: its result is like its first array, or like ``result``, a number of results."""

    result: Word | None = None

    def __str__(self) -> str:
        """Write the word."""
        return "function" if self.result is None else f"function:{self.result}"


@dataclass(frozen=True, slots=True)
class SequenceWord:
    """A tuple or list of words."""

    kind: str
    items: tuple[Word, ...]

    def __str__(self) -> str:
        """Write the word."""
        inner = ", ".join(map(str, self.items))
        if self.kind == "list":
            return f"[{inner}]"
        return f"({inner},)" if len(self.items) == 1 else f"({inner})"


@dataclass(frozen=True, slots=True)
class DictWord:
    """A dict with constant keys."""

    items: tuple[tuple[object, Word], ...]

    def __str__(self) -> str:
        """Write the word."""
        return "{" + ", ".join(f"{key!r}: {word}" for key, word in self.items) + "}"


Word: TypeAlias = (
    "ArrayWord | KeyWord | ValueWord | NewWord | RefWord | FunctionWord | SequenceWord | DictWord"
)

_EMPTY_SHAPE = re.compile(rf"\b({'|'.join(DTYPES)}|key)\[\s*\]")
_PREFIX = re.compile(r"""('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|\b(numpy|ref|new|static|function)\s*:""")


def parse_word(text: str) -> Word:
    """Read one word; a SignatureError says what is wrong with it."""
    # `static:3` is no Python; `static @ 3` is, and binds as tightly.
    readable = _PREFIX.sub(lambda match: match[1] or f"{match[2]} @ ", text.strip())
    try:
        tree = ast.parse(_EMPTY_SHAPE.sub(r"\1[()]", readable), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise SignatureError(f"`{text}` stands for no argument") from None
    return _word(tree, text)


def parse_signature(text: str) -> tuple[tuple[str | None, Word], ...]:
    """Read words with commas between them, each perhaps behind a parameter's name and ``=``."""
    return tuple(parse_argument(piece) for piece in _pieces(text))


def parse_argument(text: str) -> tuple[str | None, Word]:
    """Read ``word`` or ``name=word``."""
    name, equals, rest = text.partition("=")
    if equals and name.strip().isidentifier() and not rest.startswith("="):
        return name.strip(), parse_word(rest)
    return None, parse_word(text)


def _word(node: ast.expr, text: str) -> Word:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult) and isinstance(node.left, ast.Name):
        return _prefixed(node.left.id, node.right, text)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _shaped(node.value.id, _shape(node.slice, text), text)
    if isinstance(node, ast.Name) and node.id == "key":
        return KeyWord()
    if isinstance(node, ast.Name) and node.id == "function":
        return FunctionWord()
    if isinstance(node, ast.Name) and node.id in DTYPES:
        return ArrayWord(node.id, ())
    if isinstance(node, (ast.Tuple, ast.List)):
        kind = "list" if isinstance(node, ast.List) else "tuple"
        return SequenceWord(kind, tuple(_word(item, text) for item in node.elts))
    if isinstance(node, ast.Dict) and None not in node.keys:
        keys = [_literal(key, text) for key in node.keys if key is not None]
        return DictWord(
            tuple((key, _word(value, text)) for key, value in zip(keys, node.values, strict=True))
        )
    return ValueWord(_literal(node, text))


def _prefixed(prefix: str, node: ast.expr, text: str) -> Word:
    if prefix == "static":
        return ValueWord(_literal(node, text), static=True)
    if prefix == "new" and isinstance(node, ast.Call) and all(keyword.arg for keyword in node.keywords):
        positional: list[tuple[str | None, Word]] = [(None, _word(item, text)) for item in node.args]
        named = [(keyword.arg, _word(keyword.value, text)) for keyword in node.keywords]
        return NewWord(ast.unparse(node.func), (*positional, *named))
    if prefix in {"ref", "new"} and isinstance(node, (ast.Name, ast.Attribute)):
        return RefWord(ast.unparse(node)) if prefix == "ref" else NewWord(ast.unparse(node))
    word = _word(node, text)
    if prefix == "function":
        return FunctionWord(word)
    if prefix != "numpy" or not isinstance(word, ArrayWord):
        raise SignatureError(f"`{text}` stands for no argument")
    return ArrayWord(word.dtype, word.shape, on_host=True)


def _literal(node: ast.expr, text: str) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise SignatureError(f"`{text}` stands for no argument") from None


def _shape(node: ast.expr, text: str) -> tuple[int, ...]:
    shape = _literal(node, text)
    sizes = shape if isinstance(shape, tuple) else (shape,)
    if not all(isinstance(size, int) and not isinstance(size, bool) and size >= 0 for size in sizes):
        raise SignatureError(f"`{text}`: a shape is made of whole numbers")
    return sizes


def _shaped(name: str, shape: tuple[int, ...], text: str) -> Word:
    if name == "key":
        return KeyWord(shape)
    if name not in DTYPES:
        raise SignatureError(f"`{text}`: `{name}` is no dtype; one of {', '.join(DTYPES)}, key")
    return ArrayWord(name, shape)


def _pieces(text: str) -> Iterator[str]:
    """Split at the commas that stand in no bracket and no string."""
    depth, start, quote = 0, 0, ""
    for position, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif letter == "," and depth == 0:
            yield text[start:position]
            start = position + 1
    if text[start:].strip():
        yield text[start:]
