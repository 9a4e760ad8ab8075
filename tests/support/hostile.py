"""Programs that a static analyzer may choke on, and a process of its own to analyse them in.

Each program is complete and named. It is analysed behind a canary, a function with a known mistake that
must still be found, and beside a file with another one, to be found whatever the program is like.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.pool import Pool
from pathlib import Path

LIMIT = 100.0
"""Seconds after which an analysis counts as endless; each takes a few at most."""

MEMORY = 4 * 1024**3
"""Bytes of address space that an analysis may take, the thread's large stack included."""

CANARY = (
    "import jax\n\n@jax.jit\ndef canary(bird):\n    if bird > 0:\n        return bird\n    return -bird\n\n"
)
CANARY_ROW, CANARY_CODE = 5, "JAX301"

HEAD = "import jax\nimport jax.numpy as jnp\nfrom jax import lax\n\n\n"
FUNCTION = f"{HEAD}@jax.jit\ndef f(a, x, n=3):\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the analysis of a program and the canary beside it came to.

    ``found`` has file, row and code of each diagnostic; ``refusals`` are the messages of JAX001.
    """

    found: tuple[tuple[str, int, str], ...]
    refusals: tuple[str, ...]
    failures: tuple[str, ...]
    files: int


class Analyst:
    """Analyses programs in a process of its own, which it replaces where a program has ended it."""

    def __init__(self) -> None:
        """Start no process yet."""
        self._pool: Pool | None = None

    def __call__(self, program: str) -> Outcome | None:
        """Return what became of ``program``; None when its analysis did not end, or ended the process."""
        if self._pool is None:
            self._pool = multiprocessing.get_context("spawn").Pool(1, _limit_memory)
        try:
            return self._pool.apply_async(analyse, (program,)).get(timeout=LIMIT)
        except multiprocessing.TimeoutError:
            self.close()
            return None

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
            self._pool = None


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def analyse(program: str) -> Outcome:
    """Analyse a project of two files that are not on disk: canary and program, and a canary beside it."""
    from jaxlint.config import Config
    from jaxlint.engine import run_projects
    from jaxlint.files import Project

    root = Path("hostile").absolute()
    texts = {root / "program.py": CANARY + program, root / "beside.py": CANARY}
    files = tuple(sorted(texts))
    result = run_projects([Project(root, Config(), files, frozenset(files), texts)])
    return Outcome(
        found=tuple((d.span.path.name, d.span.start.row, d.code) for d in result.diagnostics),
        refusals=tuple(d.message for d in result.diagnostics if d.code == "JAX001"),
        failures=result.errors,
        files=result.statistics.files,
    )


# --- programs ---------------------------------------------------------------------------------------


def nested(opening: str, depth: int, innermost: str = "x = x + a") -> str:
    """A function with ``depth`` blocks inside each other."""
    heads = "".join(f"{'    ' * level}{opening}\n" for level in range(1, depth + 1))
    return f"{FUNCTION}{heads}{'    ' * (depth + 1)}{innermost}\n    return x\n"


def returning(expression: str) -> str:
    """A function that returns ``expression`` of its parameters a, x and n."""
    return f"{FUNCTION}    return {expression}\n"


def repeated(line: Callable[[int], str], count: int) -> str:
    """``count`` lines made from their numbers."""
    return "".join(f"{line(number)}\n" for number in range(count))


def _tries(depth: int) -> str:
    heads = "".join(f"{'    ' * level}try:\n" for level in range(1, depth + 1))
    tails = "".join(
        f"{'    ' * level}except ValueError:\n{'    ' * (level + 1)}x = a\n"
        for level in reversed(range(1, depth + 1))
    )
    return f"{FUNCTION}{heads}{'    ' * (depth + 1)}x = x + a\n{tails}    return x\n"


def _scans(depth: int, calls: int) -> str:
    """Scan bodies inside each other, each of which scans the next one ``calls`` times."""
    heads = repeated(lambda level: f"{'    ' * (level + 1)}def body{level}(c, y):", depth)
    text = f"{HEAD}@jax.jit\ndef f(c):\n    y = c\n{heads}{'    ' * (depth + 1)}return c, y\n"
    for level in reversed(range(depth)):
        text += f"{'    ' * (level + 1)}c, y = lax.scan(body{level}, c, y)\n" * calls
        text += f"{'    ' * (level + 1)}return c, y\n"
    return text


def _closures(depth: int) -> str:
    heads = repeated(lambda level: f"{'    ' * level}def f{level}(x{level}):", depth)
    total = " + ".join(f"x{level}" for level in range(depth))
    tails = "".join(
        f"{'    ' * (level + 1)}return f{level + 1}(x{level})\n" for level in reversed(range(depth - 1))
    )
    return f"{HEAD}{heads}{'    ' * depth}return {total}\n{tails}jax.jit(f0)(1.0)\n"


def _flags(count: int, calls: int) -> str:
    """A function of ``count`` flags, called with ``calls`` different settings of them."""
    names = ", ".join(f"f{number}=False" for number in range(count))
    body = repeated(lambda number: f"    x = x * 2 if f{number} else x + {number}", count)
    branches = repeated(lambda number: f"    if f{number}:\n        x = x - 1", count)

    def call(number: int) -> str:
        flags = ", ".join(f"f{bit}={bool(number * 2654435761 >> bit & 1)}" for bit in range(count))
        return f"    x = g(x, {flags})"

    return (
        f"{HEAD}def g(x, {names}):\n{body}{branches}    return x\n\n\n"
        f"@jax.jit\ndef f(x):\n{repeated(call, calls)}    return x\n"
    )


DEEP: Mapping[str, str] = {
    "additions": returning(" + ".join(["a"] * 5000)),
    "conjunctions": returning(" and ".join(["a"] * 5000)),
    "comparisons": returning(" < ".join(["a"] * 1000)),
    "powers": returning(" ** ".join(["a"] * 1000)),
    "strings": HEAD + "x = " + "'a' " * 5000 + "\n",
    "ifs": nested("if a:", 95),
    "more ifs than Python takes": nested("if a:", 100),
    "static ifs": nested("if n:", 95),
    "whiles": nested("while a:", 19),
    "fors": nested("for i in range(a):", 19),
    "withs": nested("with x:", 19),
    "tries": _tries(19),
    "parentheses": returning("(" * 2000 + "a" + ")" * 2000),
    "as many parentheses as Python takes": returning("(" * 199 + "a" + ")" * 199),
    "many more parentheses": returning("(" * 50_000 + "a" + ")" * 50_000),
    "lists": returning("[" * 300 + "a" + "]" * 300),
    "as many lists as Python takes": returning("[" * 95 + "a" + "]" * 95),
    "open lists": returning("[" * 5000),
    "dicts": returning("{1: " * 90 + "a" + "}" * 90),
    "tuples": returning("(" * 90 + "a" + ",)" * 90),
    "calls": returning("jnp.sin(" * 90 + "a" + ")" * 90),
    "subscripts inside": returning("a[" * 90 + "0" + "]" * 90),
    "subscripts in a row": returning("a" + "[0]" * 3000),
    "minus signs": returning("-" * 1000 + "a"),
    "nots": returning("not " * 1000 + "a"),
    "lambdas": returning("lambda y: " * 90 + "a"),
    "conditional expressions": returning("a if a > 0 else " * 90 + "a"),
    "many conditional expressions": returning("a if a > 0 else " * 1000 + "a"),
    "walruses": returning("(b := " * 90 + "a" + ")" * 90),
    "comprehensions": returning("[" * 20 + "a" + " for i in range(3)]" * 20),
    "clauses": returning("[a" + " for i in range(3)" * 30 + "]"),
    "attributes": returning("a" + ".at" * 5000),
    "methods": returning("a" + ".sum()" * 3000),
    "updates": returning("a" + ".at[0].set(1)" * 150),
    "elifs": f"{FUNCTION}    if a > 0:\n        x = 1\n"
    + repeated(lambda i: f"    elif a > {i}:\n        x = {i}", 1000),
    "static elifs": f"{FUNCTION}    if n == 0:\n        x = 1\n"
    + repeated(lambda i: f"    elif n == {i}:\n        x = {i}", 1000),
    "functions": _closures(50),
    "classes": HEAD + repeated(lambda i: f"{'    ' * i}class C{i}:", 90) + "    " * 90 + "x = jnp.ones(3)\n",
    "alternatives of an import": "".join(
        f"{'    ' * i}try:\n{'    ' * (i + 1)}import jax{i} as jax\n{'    ' * i}except ImportError:\n"
        for i in range(90)
    )
    + f"{'    ' * 90}import jax\n",
    "formats": returning("f'{a:{a:{n}}}'"),
}
"""Nesting."""

LONG: Mapping[str, str] = {
    "lines": FUNCTION + "    x = x + a\n" * 10_000 + "    return x\n",
    "statements": HEAD + repeated(lambda i: f"x{i} = jnp.zeros({i})", 3000),
    "functions": HEAD + repeated(lambda i: f"@jax.jit\ndef f{i}(x):\n    return x if x > {i} else -x", 1000),
    "one line of numbers": f"{HEAD}x = [{('9' * 98 + ', ') * 10_000}]\n",
    "one line of names": f"{HEAD}{'a' * 1000} = jnp.zeros(3)\nx = [{('a' * 1000 + ', ') * 1000}]\n",
    "one string": f"{HEAD}x = '{'a' * 1_000_000}'\n",
    "one name": f"{HEAD}{'a' * 1_000_000} = jnp.zeros(3)\n",
    "one comment": f"{HEAD}#{'a' * 1_000_000}\n",
    "one string of many lines": HEAD + "x = '''" + "abc\n" * 250_000 + "'''\n",
    "one statement of many lines": HEAD + "x = \\\n" + "\\\n" * 5000 + "1\n",
    "statements on one line": HEAD + "a = 1;" * 10_000 + "\n",
    "keys": f"{HEAD}d = {{{', '.join(f'{i}: {i}' for i in range(10_000))}}}\n",
    "parameters": f"{HEAD}@jax.jit\ndef f({', '.join(f'a{i}' for i in range(500))}):\n    return a0\n",
    "ifs": FUNCTION + repeated(lambda i: f"    if n > {i}:\n        x = x + {i}", 500) + "    return x\n",
    "returns": FUNCTION + repeated(lambda i: f"    if n > {i}:\n        return x + {i}", 500),
    "tries": FUNCTION
    + repeated(lambda i: f"    try:\n        x = x + {i}\n    except ValueError:\n        x = a", 300),
    "cases": f"{FUNCTION}    match n:\n"
    + repeated(lambda i: f"        case {i}:\n            x = x + 1", 500),
    "replacement fields": returning(f"f'{'{a}' * 1000}'"),
    "appends": f"{FUNCTION}    l = []\n" + "    l.append(a)\n" * 2000 + "    return jnp.stack(l)\n",
    "stored items": f"{FUNCTION}    d = {{}}\n" + repeated(lambda i: f"    d['k{i}'] = x", 1000),
    "stored attributes": f"{HEAD}class C: pass\nc = C()\n"
    + repeated(lambda i: f"c.a{i} = jnp.ones({i})", 1000),
    "globals": FUNCTION + repeated(lambda i: f"    global g{i}\n    g{i} = x", 1000),
    "empty lines": "import jax\n" + "\n" * 20_000,
    "spaces": "import jax\n" + " " * 100_000,
}
"""Length."""

GROWING: Mapping[str, str] = {
    "eight loops": HEAD
    + "@jax.jit\ndef f(x):\n"
    + "".join(
        f"{'    ' * i}for i{i} in range(3):\n{'    ' * (i + 1)}if x > {i}: x = x * 2\n" for i in range(1, 9)
    ),
    "eight whiles with tries": HEAD
    + "@jax.jit\ndef f(x):\n"
    + "".join(
        f"{'    ' * i}while x > {i}:\n{'    ' * (i + 1)}try:\n{'    ' * (i + 2)}x = f(x)\n"
        f"{'    ' * (i + 1)}except ValueError:\n{'    ' * (i + 2)}continue\n"
        for i in range(1, 9)
    ),
    "loops over loops": nested("for i in range(3):", 8),
    "thirty flags": _flags(30, 200),
    "each calls the next two": HEAD
    + repeated(lambda i: f"def g{i}(x):\n    return g{i + 1}(x) + g{i + 2}(x)", 200)
    + "def g200(x): return x\ndef g201(x): return x\njax.jit(g0)(1.0)\n",
    "each calls the next two with other arguments": HEAD
    + repeated(lambda i: f"def g{i}(x, k):\n    return g{i + 1}(x, k + 1) + g{i + 2}(x, k * 3)", 200)
    + "def g200(x, k): return x\ndef g201(x, k): return x\n"
    + "@jax.jit\ndef f(x):\n    return g0(x, 1)\n",
    "each calls its default twice": HEAD
    + "def g0(y): return y\n"
    + repeated(lambda i: f"def g{i + 1}(y, h=g{i}):\n    return h(h(y))", 40)
    + "jax.jit(g40)(1.0)\n",
    "scans": _scans(12, 1),
    "two scans in each": _scans(12, 2),
    "twice of twice": f"{HEAD}def twice(f):\n    return lambda x: f(f(x))\n\n\nf = lambda x: x + 1\n"
    + "f = twice(f)\n" * 40
    + "jax.jit(f)(1.0)\n",
    "Church numerals": f"{HEAD}two = lambda f: lambda x: f(f(x))\nbig = two(two)(two)(two)(two)\n"
    "jax.jit(big(lambda x: x + 1))(1)\nbig(big)(big)(lambda x: (x, x))(jnp.ones(3))\n",
    "doubled tuples": f"{HEAD}t = (1,)\n" + "t = t + t\n" * 60,
    "doubled lists": f"{HEAD}t = [1]\n" + "t += t\n" * 60 + "u = [1]\n" + "u = u * 60\n" * 60,
    "doubled strings": f"{HEAD}t = 'a'\n" + "t = t + t\n" * 60 + "u = f'{t}{t}'\n",
    "squared numbers": f"{HEAD}n = 3\n" + "n = n * n\n" * 60 + "m = 3\n" + "m = m ** m\n" * 60,
    "pairs of pairs": f"{HEAD}t = jnp.zeros(3)\n"
    + "t = (t, t)\n" * 60
    + "@jax.jit\ndef f(x):\n    return x\nf(t)\njax.tree.leaves(t)\nprint(t == t, hash(t), {t: t})\n",
    "dicts of dicts": f"{FUNCTION}    t = {{'a': x}}\n"
    + "    t = {'a': t, 'b': t}\n" * 60
    + "    return jax.tree.map(jnp.sin, t), jax.tree.leaves(t), lax.cond(n, f, f, t)\n",
    "growing in a loop": f"{HEAD}l = [1]\nfor i in range(100):\n    l = [l, l]\n"
    "t = ()\nwhile n:\n    t = (*t, t)\n"
    "@jax.jit\ndef f(x):\n    while x > 0:\n        x = (x, x)\n"
    "    for i in range(1000):\n        x = {'a': x, 'b': x, **x}\n    return x\n",
    "huge numbers": f"{HEAD}x = 9 ** 9 ** 9 ** 9\ny = 1 << 10 ** 12\nz = 'a' * 10 ** 12\nw = [0] * 10 ** 12\n"
    "for i in range(10 ** 18):\n    pass\nt = tuple(range(10 ** 12))\nl = [i for i in range(10 ** 12)]\n"
    "s = '%1000000000000d' % 3\nu = f'{3:1000000000000d}'\nv = 'a'.ljust(10 ** 12)\nb = bytes(10 ** 12)\n"
    "jnp.zeros((10 ** 9,) * 100)\njnp.arange(10 ** 30)\njnp.zeros(1e400)\n"
    "jnp.ones(3)[10 ** 30 :: -(10 ** 30)]\n",
    "tower of jit": f"{HEAD}f = lambda x: x\n" + "f = jax.jit(f)\n" * 200 + "f(1)\n",
    "tower of vmap of grad": f"{HEAD}f = lambda x: x\n"
    + "f = jax.vmap(jax.grad(f))\n" * 60
    + "f(jnp.ones(3))\n",
    "tower of partial": f"{HEAD}from functools import partial\nf = lambda *a: a\n"
    + "f = partial(f, 1)\n" * 200
    + "jax.jit(f)(1)\n",
    "linked list": f"{HEAD}class N:\n    def __init__(self, v, n): self.v = v; self.n = n\nh = None\n"
    + "h = N(1, h)\n" * 300
    + f"jax.jit(lambda x: h{'.n' * 100}.v + x)(1)\nn = h\nwhile n:\n    n = n.n\n",
    "three hundred alternatives": FUNCTION
    + repeated(lambda i: f"    if n == {i}:\n        y = {i}\n        z = ('{i}', y)", 300)
    + "    w = (y, z, x)\n    for i in range(10):\n        w = (w, y, z) if n else w\n    return w[0]\n",
}
"""Exponential where each path, call or value is looked at apart."""

TWISTED: Mapping[str, str] = {
    "mutual recursion": f"""{HEAD}
def even(n, x):
    return x if n == 0 else odd(n - 1, x)

def odd(n, x):
    return x if n == 0 else even(n - 1, x)

def ackermann(m, n):
    if m == 0:
        return n + 1
    return ackermann(m - 1, 1) if n == 0 else ackermann(m - 1, ackermann(m, n - 1))

@jax.jit
def f(x):
    return even(x, x) if x > 0 else odd(10 ** 6, ackermann(3, x))
""",
    "arguments that grow": f"""{HEAD}
def g(t):
    return g((t, t))

def h(n, *a):
    return h(n + 1, *a, *a)

def k(d):
    return k({{"d": d, "e": d}})

def s(x):
    return s(x + "a" + x)

@jax.jit
def f(x):
    return g(x), h(0, x, x), k(x), s("a")
""",
    "combinators": f"""{HEAD}
Y = lambda f: (lambda x: f(lambda v: x(x)(v)))(lambda x: f(lambda v: x(x)(v)))
jax.jit(Y(lambda self: lambda n: 1 if n == 0 else n * self(n - 1)))(5)
(lambda x: x(x))(lambda x: x(x))
jax.jit(lambda x: (lambda g: g(g))(lambda g: g(g)) + x)(1)
""",
    "generators without end": f"""{HEAD}
import itertools

def count(x):
    while True:
        yield x
        x = x + 1

def again(g):
    yield from again(g)

@jax.jit
def f(x):
    for y in count(x):
        if y > 3:
            break
    a, *b = count(x)
    list(count(1)); sum(count(1)); max(count(2)); zip(count(1), count(2)); sorted(count(x)); list(again(x))
    return next(count(x)), {{**dict(count(x))}}, [*count(x)]

for i in itertools.count():
    f(i)
for i in itertools.cycle([1, 2]):
    pass
list(itertools.repeat(1))
""",
    "classes of themselves": f"""{HEAD}
class A(A): pass
class B(C): pass
class C(B): pass
B = C
class D(D.x): pass
class F(type(A)): pass
class G(metaclass=F): pass
class H(G, G, metaclass=H): pass
class I(*[A, B], **{{}}): pass
class J(jax.jit(J)): pass
class K(1, "a", lambda: 0): pass
class L(B, C):
    x = L
    def m(self, y):
        if y: return self.m(super().m(self.x.m(y)))
jax.jit(L().m)(1); jax.jit(A().m)(B().x); A.x.y.z; I()[0]; J()(); K() + K()
""",
    "an object that is everything": f"""{HEAD}
class E:
    e = E
    def __init__(self): self.e = E(); self.me = self; self.l = [self]
    def __new__(cls): return E()
    def __getattr__(self, n): return getattr(self, n)
    def __call__(self, x): return self(x)
    def __getitem__(self, i): return self[i]
    def __iter__(self): return iter(self)
    def __next__(self): return next(self)
    def __len__(self): return len(self)
    def __bool__(self): return bool(self)
    def __eq__(self, o): return self == o
    def __add__(self, o): return self + o
    def __enter__(self): return self.__enter__()
    def __exit__(self, *a): return self
    @property
    def p(self): return self.p
    def m(self, x): return self.m(self.e.m(x))

@jax.jit
def f(e: E, x):
    e.m(x); e.p; e[0]; e(x); e + e; e == e; len(e); list(e); e.zzz; e.me.me.l[0].l[0].e
    with e as q:
        q(q)
    for i in e:
        i()
    return E() if E() else e
f(E(), 1.0)
""",
    "recursive records": f"""{HEAD}
import dataclasses
from typing import NamedTuple

class N(NamedTuple):
    n: "N"
    m: "list[N]" = None

@dataclasses.dataclass
class T:
    left: "T"
    right: "T | None" = None
    f: "Undefined" = dataclasses.field(default_factory=lambda: T(None))

@jax.tree_util.register_pytree_node_class
class P:
    def tree_flatten(self): return (self, self), self
    @classmethod
    def tree_unflatten(cls, a, c): return cls.tree_unflatten(a, c)

@jax.jit
def f(n: N, t: T, p: P, x):
    if x > 0:
        return n.n.n.n.m[0].n
    return t.left.right.left.f.left, jax.tree.map(lambda q: q, (n, t, p))
f(N(N(None)), T(T(T(None))), P(), 1.0)
""",
    "metaclasses": f"""{HEAD}
class M(type):
    def __call__(cls, *a): return cls(*a)
    def __new__(m, n, b, d): return super().__new__(m, n, b, d)
    def __prepare__(*a): return {{}}
    def __getattr__(cls, n): return getattr(cls, n)

class A(metaclass=M):
    def f(self, x): return super().f(super().f(x))
    @jax.jit
    def g(self, x):
        if x: return self.f(x)
        return super(A, self).g(x)
    __init_subclass__ = classmethod(lambda cls: cls())

class B(A):
    g = A.g
    f = g

A().g(1); B().g(2); A.f.g.h(1); type("X", (A,), {{"f": lambda s, x: x}})().f(1); type(A())(1)
type(type)(type)
""",
    "decorators": f"""{HEAD}
def d(f): return d
def e(f): return e(f)
def w(f):
    def inner(*a, **k): return inner(*a, **k)
    return inner

@d
@e
@w
def f(x):
    return x if x > 0 else f(x)

@f
@f
def f(x): return f

@(lambda g: g(g))
def h(x): return x(x)

@jax.jit
@jax.jit
@w
@d
def k(x): return k(x)

@k
class C: pass

@property
def z(x): return z
@z.setter
def z(x): return z
""",
    "defaults of themselves": f"""{HEAD}
def f(x=f): return x
def g(x=lambda: g()): return x()
def h(x, y=h, *a, z=h, **k): return h(*a, **k)
x = x
y: y = y
l = []
l.append(l)
l[0] = l
d = {{}}
d["d"] = d

@jax.jit
def q(x=l, y=d, *, z=g):
    for i in x:
        x = i
    return y["d"]["d"], z(), x
q(); q(l, d); q(*l, **d)
a = a.b = a[0] = a
for a in a: a = a
del a, b, c
del q
q(1)
""",
    "stars": f"""{HEAD}
@jax.jit
def f(*a, **k):
    f(*a, *a, **k, **k)
    a, *b = a
    *a, b = k
    (a, (b, *c), *d) = a
    [*a] = {{}}
    a = *a, *b
    print(*a, **{{**k}})
    return f(*[*a, *b])
f(*f, **f)
f(*[], *(), **{{}})
f(**{{"a": 1, 1: 2}})
""",
    "what is no program": """return 1
yield 2
break
continue
import jax
def f(x):
    nonlocal q
    global f
    f = 1
    break
    if x: pass
class A:
    return 1
    yield 3
    nonlocal z
jax.jit(f)
async def g():
    yield 1
    [x async for x in g()]
    return await g()
jax.jit(g)()
""",
    "coroutines": f"""{HEAD}
async def g(x):
    yield x
    async for x in g(x): pass
    async with g(x) as h: pass
    yield [x async for x in g(x) if await x]

async def h(x):
    if await g(x):
        return await h(x)
jax.jit(g)(1)
jax.jit(h)(1)
""",
    "patterns": f"""{FUNCTION}
    match a:
        case [1, *_, {{"a": b, **c}}] | (1 | 2 as d): pass
        case jnp.ndarray(shape=(p, q), dtype=s): pass
        case {{**z}}: pass
        case [x, [y, [w, *v]]] if a > 0: pass
        case None | True | -1.5 + 2j | "a" "b": pass
        case A.B.C: pass
        case _: pass
    match *a, x:
        case []: pass
        case _ if a: return x
""",
    "shadowed names": """import jax
jax = jax.jit(jax)
jax(jax)
from jax import *
from . import *
from .. import x
from .... import y as jnp
import a.b.c.d as jax, jax.jax.jax
print = print(print)
int = 3
int(int)
len = range = list = dict = lambda *a: a
import jax
jax.jit(lambda x: len(x) if x else range(x))(1)
from program import *
import program as jax, program.program
import jax
""",
    "wrong arguments of builtins": f"""{HEAD}
1 / 0; 1 % 0; 1 // 0; 0 ** -1; 1 << -1; 1.0 // 0; -"a"; ~1.5; "a" < 1
[1][5]; "abc"[9]; {{}}["a"]; (1,)[3]; "abc"[::0]; [1][:"a"]; range(9)[99]
len(3); int("x"); float("x"); int("1", 99); int(1e400); int(float("nan")); round(1e400); round("a"); abs("a")
max([]); min(); sum("a"); sorted(3); list(3); range(1, 2, 0); range("a"); range(float("inf")); divmod(1, 0)
chr(-1); ord("ab"); pow(0, -1); pow(2, 3, 0); slice(); isinstance(1, 2); isinstance(); zip(1); enumerate()
getattr(1); getattr(1, 2); hasattr(); str(b"a", "x"); "%d" % "a"; "%s %s" % 1; "{{}}".format()
"{{a}}".format()
"a".join(3)
"a".split(3); "a".split(""); f"{{3:q}}"; f"{{3!r:9}}"; b"a" + "b"; "a".encode("nope"); (1, 2) + [3]
""",
    "odd shapes": f"""{HEAD}
x = jnp.ones((2, 3))
z = jnp.zeros(-5)[3:1:-1, ..., None, ...]
x[-99:99:0]; x[1e400]; x[:"a"]; x["a"]; x[1, 2, 3, 4]; x[(1, 2, 3)]; x[None, None, 0, 0, 0]; x[..., ...]
x[[]]
x[[1, 2]]; x[[True, False]]; x[[[1]]]; x[1.5]; x[x > 0, 0, 0]; x[slice(1, 2, 0)]; x[10 ** 30]; x[()]
x[range(3)]
x[1, 2, 3, 4] = 1; x.at[1, 2, 3].set(0); x.at[...].set(); x.at[None, 9, 9].add(x); x.at[::0].get()
x.at.at.at[0]
jnp.reshape(x, (7, -1)); jnp.reshape(x, (-1, -1)); jnp.reshape(x, -99); jnp.reshape(x, (0, -1)); x.reshape()
jnp.sum(x, axis=99); jnp.sum(x, axis="a"); jnp.sum(x, axis=(0, 0)); jnp.transpose(x, (5, 5))
x.transpose(0, 0, 0)
jnp.einsum("a...b->", x); jnp.einsum("ij,jk,->", x); jnp.einsum(x); jnp.concatenate([])
jnp.stack([x, 1, "a"])
jnp.broadcast_to(x, (-1,)); jnp.squeeze(x, 5); jnp.expand_dims(x, 99); jnp.split(x, 0); jnp.split(x, -1)
jnp.eye(-1); jnp.arange(1, 5, 0); jnp.arange(); jnp.linspace(0, 1, -1); jnp.zeros("abc"); jnp.zeros((2, "a"))
x @ jnp.ones((2, 3)); x @ 3; x + jnp.ones(7); jnp.dot(x, x, x); jnp.tile(x, (1, -1)); jnp.repeat(x, -1)
jnp.pad(x, ((1, 2), (3,))); jnp.moveaxis(x, 9, 9); jnp.swapaxes(x, 0); jnp.take(x, -9, axis=9); jnp.where()
jax.random.split(jax.random.key(0), -1); jax.random.normal(3, (-1,)); jax.nn.one_hot(x, -1); x.shape[9]
x.T.T.T
""",
    "odd transformations": f"""{HEAD}
for f in (jax.jit, jax.vmap, jax.grad, jax.checkpoint, jax.eval_shape, jax.custom_vjp, jax.vjp, jax.jvp):
    f(); f(1); f(None); f(*f); f(**f); f(f); f(lambda: 0); f(print); f("a", "b"); f(lambda x: x, 1, 2, 3, 4)
jax.jit(); jax.jit(1); jax.jit(*f); jax.jit(jax.jit)(jax.jit); jax.jit(jax)(jnp); jax.jit(lambda: 0)(1, 2)
jax.jit(lambda x: x, static_argnums="a")(1); jax.jit(lambda x: x, static_argnums=(9, -9))(1)
jax.jit(lambda x: x, static_argnames=3)(1); jax.jit(lambda *x: x[5], static_argnames=["y", 1])()
jax.vmap(lambda x: x, in_axes=(0, 1, 2))(1); jax.vmap(lambda x, y: x, in_axes=5)(jnp.ones(3), 1)
jax.vmap(print)()
jax.grad(lambda x: x, argnums=(99, -99))(1); jax.grad(lambda: 0)()
jax.value_and_grad(lambda x: x, has_aux=True)(1)
lax.scan(); lax.scan(1, 2, 3); lax.scan(lambda: 0, 1, 2); lax.scan(lambda c, x: c, 1)
lax.scan(lax.scan, lax, lax)
lax.cond(); lax.cond(1, 2, 3); lax.cond(True, lambda: 0, lambda x: 1, 2); lax.switch(9, [], 1)
lax.switch(0, f)
lax.while_loop(lambda x: x, 1, 2); lax.fori_loop(1, 2, 3, 4); lax.fori_loop("a", None, lambda i: i, 0)
lax.map(1, 2)
jax.tree.map(); jax.tree.map(1, 2); jax.tree.map(lambda: 0, [1], {{}}); lax.associative_scan(1, 2)
jnp.vectorize()
jax.tree_util.register_pytree_node(1, 2, 3); jax.tree_util.register_dataclass(1, 2, 3); jax.pmap(1)(2)
jax.named_call()
""",
    # A ligature and its letters are one name to Python; so are letters of other widths and styles.
    "identifiers": f"{HEAD}@jax.\uff4ait\ndef \u017f(\ufb01):\n    if fi: pass\n    x\u0302 = \U0001d431\n",
    "type parameters": f"{HEAD}type X[T] = list[X[T]]\ndef f[T: X, *Ts, **P](x: T) -> X[T]: return x\n"
    "class C[T](C[T]): pass\njax.jit(f)(1)\nf'{f'{f'{1}'}'}'\n",
    "template strings": f"{HEAD}t = t'{{x}}'\n",
    "Python 2": "import jax\nprint 'hello'\nexec 'x'\nraise E, 'x'\n`x`\n0777\nur'a'\n",
    "nothing": "",
    "comments only": "# jax\n# and more\n",
    "no last line end": "import jax\njax.jit(lambda x: 1 if x else 2)",
    "a backslash at the end": "import jax\nx = 1 \\",
    "an open string": "import jax\nx = '''abc\n",
    "tabs and spaces": "import jax\nif 1:\n\tx = 1\n        y = 2\n",
    "form feeds": "\fimport jax\n\f\n\fdef f(x):\n\f    return x\n\f\njax.jit(f)\n",
    "vertical tabs": "import jax\x0b\nx = 1\x1c\x1d\x85\u2028\n",
    "carriage returns": "import jax\r@jax.jit\rdef f(x):\r    if x > 0:\r        return x\r    return -x\r",
    "mixed line ends": "import jax\r\n@jax.jit\ndef f(x):\r    if x > 0:\r\n        return x\n    return x\r",
    "null bytes": "import jax\0\n",
    "half of a surrogate pair": "import jax\nx = '\ud800'\n",
    "byte order marks": "\ufeffimport jax\n\ufeffx = 1\n",
}
"""Legal or not, nobody would write it."""

PROGRAMS: Mapping[str, str] = {
    f"{kind}: {name}": text
    for kind, programs in {"deep": DEEP, "long": LONG, "growing": GROWING, "twisted": TWISTED}.items()
    for name, text in programs.items()
}
