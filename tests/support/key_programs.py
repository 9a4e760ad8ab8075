"""Programs that plumb PRNG keys, written at random: what a linter and JAX's own checker must agree on.

Each program is a function of a key and a flag. It draws, splits, folds and clones, in branches, loops,
comprehensions, helpers and under transformations; some of it uses a key twice. What JAX's checker does not
see (one key for all elements of ``vmap``, equal data of ``fold_in``) is left out, and what only that minds:
keys that are made and never read. The linter does not count these, so ``watch`` reads what is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

PRELUDE = """\
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax, random


def watch(*values):
    pass


def draw(key):
    return random.normal(key)


def renew(key):
    key, subkey = random.split(key)
    return key, random.uniform(subkey)


def passed_on(key, count):
    return sum(draw(one) for one in random.split(key, count))


def maker(key):
    def make():
        return random.normal(key)

    return make


class Stream:
    def __init__(self, key):
        self.key = key

    def next(self):
        self.key, subkey = random.split(self.key)
        return random.normal(subkey)

    def stale(self):
        return random.normal(self.key)
"""

_MADE = re.compile(r"(.+?) = (?:random|lax)\.")

MAX_STATEMENTS = 6
MAX_DEPTH = 2


@dataclass
class Program:
    """One program: its name, and its text."""

    name: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The program as Python."""
        return "\n".join(self.lines) + "\n"


class Writer:
    """Writes one program. ``keys`` are the variables with keys; most often a fresh one is used."""

    def __init__(self, random: Random, name: str) -> None:
        self.random = random
        self.program = Program(name, [f"def {name}(key, flag):", "    total = 0.0"])
        self.keys = ["key"]
        self.fresh = {"key"}
        self.count = 0

    def write(self) -> Program:
        """Return the finished program."""
        self._block(1, self.random.randint(2, MAX_STATEMENTS))
        self._line(1, "return total")
        return self.program

    def _line(self, depth: int, text: str) -> None:
        self.program.lines.append("    " * depth + text)
        made = _MADE.match(text)
        if made is not None:
            self.program.lines.append("    " * depth + f"watch({made[1]})")

    def _name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def _take(self) -> str:
        """A key to use up: a fresh one, unless the program is to be wrong here."""
        fresh = [key for key in self.keys if key in self.fresh]
        if fresh and self.random.random() < 0.9:
            key = self.random.choice(fresh)
        else:
            key = self.random.choice(self.keys)
        self.fresh.discard(key)
        return key

    def _add(self, *names: str) -> None:
        self.keys += [name for name in names if name not in self.keys]
        self.fresh.update(names)

    def _block(self, depth: int, count: int) -> None:
        for _ in range(count):
            if not self.fresh & set(self.keys):
                self._clone(depth)  # there is nothing left to be used up
            self.random.choice(self._statements(depth))(depth)

    def _statements(self, depth: int) -> list:  # type: ignore[type-arg]  # methods of one form
        simple = [
            self._draw, self._draw, self._split, self._renew, self._fold, self._clone, self._helper,
            self._array, self._scan, self._cond, self._comprehension, self._stream, self._maker,
        ]  # fmt: skip
        return simple if depth > MAX_DEPTH else [*simple, self._if, self._for]

    # --- statements ----------------------------------------------------------------------------------

    def _draw(self, depth: int) -> None:
        sampler = self.random.choice(["normal", "uniform", "bits", "gumbel"])
        self._line(depth, f"total += random.{sampler}({self._take()})")

    def _split(self, depth: int) -> None:
        key, left, right = self._take(), self._name("k"), self._name("k")
        self._line(depth, f"{left}, {right} = random.split({key})")
        self._add(left, right)

    def _renew(self, depth: int) -> None:
        key, subkey = self._take(), self._name("k")
        self._line(depth, f"{key}, {subkey} = random.split({key})")
        self._add(key, subkey)

    def _fold(self, depth: int) -> None:
        key, made = self.random.choice(self.keys), self._name("k")
        self._line(depth, f"{made} = random.fold_in({key}, {1000 + self.count})")
        self._add(made)

    def _clone(self, depth: int) -> None:
        key, made = self.random.choice(self.keys), self._name("k")
        self._line(depth, f"{made} = random.clone({key})")
        self._add(made)

    def _helper(self, depth: int) -> None:
        key = self._take()
        form = self.random.randrange(3)
        if form == 0:
            self._line(depth, f"total += draw({key})")
        elif form == 1:
            self._line(depth, f"total += passed_on({key}, 2)")
        else:
            value = self._name("x")
            self._line(depth, f"{key}, {value} = renew({key})")
            self._line(depth, f"total += {value}")
            self._add(key)

    def _array(self, depth: int) -> None:
        keys = self._name("ks")
        self._line(depth, f"{keys} = random.split({self._take()}, 4)")
        forms = [self._mapped, self._gone_through, self._picked, self._sliced, self._starred]
        self.random.choice(forms)(depth, keys)

    def _mapped(self, depth: int, keys: str) -> None:
        self._line(depth, f"total += jax.vmap(random.normal)({keys}).sum()")

    def _gone_through(self, depth: int, keys: str) -> None:
        self._line(depth, f"for one in {keys}:")
        self._line(depth + 1, "total += random.normal(one)")

    def _picked(self, depth: int, keys: str) -> None:
        is_wrong = self.random.random() < 0.15
        chosen = self.random.choices(range(3), k=2) if is_wrong else self.random.sample(range(3), 2)
        for index in chosen:
            self._line(depth, f"total += random.normal({keys}[{index}])")

    def _sliced(self, depth: int, keys: str) -> None:
        first = self.random.choice(["2:", "1:", ":-1", ":2"])
        single = {"2:": 1, "1:": 0, ":-1": -1, ":2": 3}[first]
        if self.random.random() < 0.15:
            single = self.random.randrange(4)
        if self.random.random() < 0.5:
            self._line(depth, f"total += jax.vmap(random.normal)({keys}[{first}]).sum()")
        else:
            self._gone_through(depth, f"{keys}[{first}]")
        self._line(depth, f"total += random.uniform({keys}[{single}])")

    def _starred(self, depth: int, keys: str) -> None:
        one, rest = self._name("k"), self._name("rest")
        self._line(depth, f"{one}, *{rest} = {keys}")
        self._add(one)
        if self.random.random() < 0.5:
            self._gone_through(depth, rest)
            if self.random.random() < 0.15:
                self._line(depth, f"total += random.uniform({rest}[1])")
        else:
            for index in self.random.sample(range(3), 2):
                self._line(depth, f"total += random.normal({rest}[{index}])")

    def _scan(self, depth: int) -> None:
        key, body, values = self._take(), self._name("body"), self._name("xs")
        is_right = self.random.random() < 0.95
        self._line(depth, f"def {body}(carry, _):")
        if is_right:
            self._line(depth + 1, "carry, subkey = random.split(carry)")
            self._line(depth + 1, "return carry, random.normal(subkey)")
            self._add(key)
        else:
            self._line(depth + 1, "return carry, random.normal(carry)")
        self._line(depth, f"{key}, {values} = lax.scan({body}, {key}, length=2)")
        self._line(depth, f"total += {values}.sum()")

    def _cond(self, depth: int) -> None:
        key = self._take()
        arms = self.random.sample(["random.normal", "random.uniform", "draw", "lambda key: 0.0"], 2)
        self._line(depth, f"total += lax.cond(flag, {arms[0]}, {arms[1]}, {key})")

    def _comprehension(self, depth: int) -> None:
        key = self._take()
        if self.random.random() < 0.93:
            self._line(depth, f"total += sum([random.normal(one) for one in random.split({key}, 2)])")
        else:
            self._line(depth, f"total += sum([random.normal({key}) for _ in range(2)])")

    def _stream(self, depth: int) -> None:
        stream = self._name("stream")
        self._line(depth, f"{stream} = Stream({self._take()})")
        for _ in range(self.random.randint(1, 2)):
            method = "next" if self.random.random() < 0.93 else "stale"
            self._line(depth, f"total += {stream}.{method}()")

    def _maker(self, depth: int) -> None:
        make, key = self._name("make"), self._take()
        form = self.random.choice(["maker({})", "partial(draw, {})", "partial(random.uniform, key={})"])
        self._line(depth, f"{make} = {form.format(key)}")
        if self.random.random() < 0.1:
            self._line(depth, f"total += draw({key})")
        for _ in range(1 if self.random.random() < 0.9 else 2):
            self._line(depth, f"total += {make}()")

    def _if(self, depth: int) -> None:
        before, names = set(self.fresh), list(self.keys)
        self._line(depth, "if flag:")
        self._block(depth + 1, self.random.randint(1, 2))
        after = self.fresh & set(names)
        self.keys, self.fresh = list(names), before
        if self.random.random() < 0.6:
            self._line(depth, "else:")
            self._block(depth + 1, self.random.randint(1, 2))
        self.keys, self.fresh = names, self.fresh & after

    def _for(self, depth: int) -> None:
        names = list(self.keys)
        self._line(depth, "for _ in range(2):")
        if self.random.random() < 0.92:
            key, subkey = self._take(), self._name("k")
            self._line(depth + 1, f"{key}, {subkey} = random.split({key})")
            self._line(depth + 1, f"total += random.normal({subkey})")
            self.fresh.add(key)
        else:
            self._draw(depth + 1)
        self.keys = names


def programs(seed: int, count: int) -> Iterator[Program]:
    """Return ``count`` programs that ``seed`` stands for."""
    source = Random(seed)
    for number in range(count):
        yield Writer(source, f"program_{number}").write()
