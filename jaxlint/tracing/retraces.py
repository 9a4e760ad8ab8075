"""JAX756: which argument makes a function compile again, from recorded calls.

JAX's own explanation (``jax_explain_cache_misses``) compares with some earlier entry of the cache. Here each
signature is compared with the *nearest* earlier one, so that what differs is what made the difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxlint.tracing.signatures import (
    ArrayWord,
    DictWord,
    KeyWord,
    SequenceWord,
    SignatureError,
    ValueWord,
    Word,
    parse_word,
)

SHOWN = 4
"""Different forms of an argument that are shown."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One argument, or one leaf of it, as the compilation cache sees it.

    Of an array it sees shape, dtype and weak type; of a Python number only its type, which is that of a
    weakly typed scalar; of a static argument the value.
    """

    kind: str
    shape: tuple[int, ...] = ()
    dtype: str = ""
    is_weak: bool = False
    value: str = ""

    def __str__(self) -> str:
        """Write the leaf as in a signature."""
        if self.kind != "array":
            return self.value
        weak = ", weak" if self.is_weak else ""
        return f"{self.dtype}[{','.join(map(str, self.shape))}]{weak}"


Signature = Mapping[str, Leaf]


@dataclass(frozen=True, slots=True)
class Difference:
    """What one argument was at the nearest earlier call, and is now; ``aspect`` is what differs."""

    argument: str
    aspect: str
    before: str
    after: str

    def __str__(self) -> str:
        """Write the difference as a message has it."""
        return f"`{self.argument}`: {self.aspect} {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Retraces:
    """How many signatures there were, and why each but the first is new."""

    entries: int
    differences: tuple[tuple[Difference, ...], ...]

    @property
    def culprit(self) -> tuple[str, str] | None:
        """The argument and the aspect of it that differ most often."""
        counts = Counter(
            (one.argument, one.aspect) for differences in self.differences for one in differences
        )
        return counts.most_common(1)[0][0] if counts else None

    def forms(self, argument: str) -> list[str]:
        """Return the forms that an argument had, in their order."""
        seen: dict[str, None] = {}
        for differences in self.differences:
            for one in differences:
                if one.argument == argument:
                    seen |= {one.before: None, one.after: None}
        return list(seen)


def explain(calls: Iterable[Mapping[str, Any]], parameters: Sequence[str] = ()) -> Retraces:
    """Explain the recorded calls of one function, whose ``parameters`` give arguments by position a name."""
    return compare(_named(signature(call), parameters) for call in calls)


def compare(signatures: Iterable[Signature]) -> Retraces:
    """Compare each new signature with the nearest of the earlier ones; of equally near ones the last."""
    earlier: list[Signature] = []
    found = []
    for one in signatures:
        if one in earlier:
            continue
        if earlier:
            candidates: list[list[Difference]] = [differences(old, one) for old in reversed(earlier)]
            nearest = min(candidates, key=len)
            found.append(tuple(nearest))
        earlier.append(one)
    return Retraces(len(earlier), tuple(found))


def differences(before: Signature, after: Signature) -> list[Difference]:
    """List what differs between two signatures."""
    result = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            result.append(Difference(name, "structure", _or_nothing(old), _or_nothing(new)))
        else:
            aspects = list(_aspects(old, new))
            result += [Difference(name, aspect, str(old), str(new)) for aspect in aspects]
    return result


def _aspects(old: Leaf, new: Leaf) -> Iterator[str]:
    if old.kind != new.kind:
        yield "structure" if "tree" in {old.kind, new.kind} else "kind"
    elif old.kind == "array":
        yield from ["shape"] * (old.shape != new.shape)
        yield from ["dtype"] * (old.dtype != new.dtype)
        yield from ["weak type"] * (old.is_weak != new.is_weak)
    elif old.value != new.value:
        yield "structure" if old.kind == "tree" else "static value"


def _or_nothing(leaf: Leaf | None) -> str:
    return "nothing" if leaf is None else str(leaf)


def signature(call: Mapping[str, Any]) -> Signature:
    """Return what the cache sees of a recorded call, leaf by leaf."""
    weak = set(call.get("weak", ()))
    result: dict[str, Leaf] = {}
    for position, (name, text) in enumerate(call["arguments"]):
        label = f"argument {position + 1}" if name is None else name
        is_weak = (position if name is None else name) in weak
        try:
            _flatten(label, parse_word(text), result, is_weak=is_weak)
        except SignatureError:
            result[label] = Leaf("static", value=text)
    return result


def _flatten(label: str, word: Word, into: dict[str, Leaf], *, is_weak: bool = False) -> None:
    if isinstance(word, ArrayWord):
        into[label] = Leaf("array", word.shape, word.dtype, is_weak)
    elif isinstance(word, KeyWord):
        into[label] = Leaf("array", word.shape, "key")
    elif isinstance(word, SequenceWord):
        into[label] = Leaf("tree", value=f"{word.kind} of {len(word.items)}")
        for number, item in enumerate(word.items):
            _flatten(f"{label}[{number}]", item, into)
    elif isinstance(word, DictWord):
        into[label] = Leaf("tree", value=f"dict of {', '.join(repr(key) for key, _ in word.items)}")
        for key, item in word.items:
            _flatten(f"{label}[{key!r}]", item, into)
    elif isinstance(word, ValueWord) and not word.static and type(word.value) in _NUMBERS:
        into[label] = Leaf("array", (), _NUMBERS[type(word.value)], type(word.value) is not bool)
    elif isinstance(word, ValueWord):
        kind = "tree" if word.value is None else "static"
        into[label] = Leaf(kind, value=repr(word.value))
    else:
        into[label] = Leaf("static", value=str(word))


_NUMBERS: dict[type, str] = {bool: "bool", int: "i32", float: "f32", complex: "c64"}


def _named(signature_: Signature, parameters: Sequence[str]) -> Signature:
    """Return a signature whose positional arguments have the names of the parameters."""

    def rename(label: str) -> str:
        head, bracket, rest = label.partition("[")
        number = head.removeprefix("argument ")
        if head == number or not number.isdigit() or int(number) > len(parameters):
            return label
        return f"{parameters[int(number) - 1]}{bracket}{rest}"

    return {rename(label): leaf for label, leaf in signature_.items()}
