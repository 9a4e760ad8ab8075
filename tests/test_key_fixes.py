"""The fix of JAX601: where it is offered, what it writes, and where it is not."""

from __future__ import annotations

import pytest
from support.fixing import fixed

from jaxlint.config import Config

CONFIG = Config(select=("JAX601",))


def after(body: str, imports: str = "from jax import random") -> str:
    """The text behind the imports, fixed."""
    text = fixed(f"{imports}\n\n{body}", CONFIG)
    return text.removeprefix(f"{imports}\n\n")


@pytest.mark.parametrize(
    ("imports", "normal", "split"),
    [
        ("import jax", "jax.random.normal", "jax.random.split"),
        ("import jax.random as jr", "jr.normal", "jr.split"),
        ("from jax import random as jrandom", "jrandom.normal", "jrandom.split"),
        ("from jax.random import normal, split", "normal", "split"),
        ("from jax.random import normal, split as divide", "normal", "divide"),
        ("import jax as j", "j.random.normal", "j.random.split"),
        ("try:\n    import jax\nexcept ImportError:\n    raise", "jax.random.normal", "jax.random.split"),
    ],
)
def test_split_is_written_as_the_module_imports_it(imports: str, normal: str, split: str) -> None:
    """No import is added, and none is guessed."""
    body = f"def f(key):\n    x = {normal}(key)\n    return x + {normal}(key)\n"
    assert after(body, imports) == (
        f"def f(key):\n    key, subkey = {split}(key)\n"
        f"    x = {normal}(subkey)\n    return x + {normal}(key)\n"
    )


RIGHT = {
    "three draws": (
        (
            "def f(key):\n"
            "    a = random.normal(key)\n"
            "    b = random.normal(key)\n"
            "    return a + b + random.normal(key)\n"
        ),
        (
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    a = random.normal(subkey)\n"
            "    key, subkey = random.split(key)\n"
            "    b = random.normal(subkey)\n"
            "    return a + b + random.normal(key)\n"
        ),
    ),
    "a draw before the split": (
        (
            "def f(rng, x):\n"
            "    x = x + random.normal(rng)\n"
            "    rng, sub = random.split(rng)\n"
            "    return x * random.normal(sub)\n"
        ),
        (
            "def f(rng, x):\n"
            "    rng, subkey = random.split(rng)\n"
            "    x = x + random.normal(subkey)\n"
            "    rng, sub = random.split(rng)\n"
            "    return x * random.normal(sub)\n"
        ),
    ),
    "a draw after the split": (
        (
            "def f(key):\n"
            "    left, right = random.split(key)\n"
            "    return random.normal(left) + random.normal(right) + random.normal(key)\n"
        ),
        (
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    left, right = random.split(subkey)\n"
            "    return random.normal(left) + random.normal(right) + random.normal(key)\n"
        ),
    ),
    "a key that is returned": (
        "def f(key):\n    x = random.normal(key)\n    y = random.uniform(key)\n    return key, x + y\n",
        (
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    x = random.normal(subkey)\n"
            "    key, subkey = random.split(key)\n"
            "    y = random.uniform(subkey)\n"
            "    return key, x + y\n"
        ),
    ),
    "one statement": (
        "def f(key):\n    return random.normal(key) + random.uniform(key)\n",
        (
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    return random.normal(subkey) + random.uniform(key)\n"
        ),
    ),
    "an arm": (
        (
            "def f(key, flag):\n"
            "    if flag:\n"
            "        x = random.normal(key)\n"
            "    else:\n"
            "        x = 0.0\n"
            "    return x + random.normal(key)\n"
        ),
        (
            "def f(key, flag):\n"
            "    if flag:\n"
            "        key, subkey = random.split(key)\n"
            "        x = random.normal(subkey)\n"
            "    else:\n"
            "        x = 0.0\n"
            "    return x + random.normal(key)\n"
        ),
    ),
    "a loop that does not renew the key": (
        (
            "def f(key):\n"
            "    total = 0.0\n"
            "    for _ in range(3):\n"
            "        total += random.normal(key)\n"
            "        total += random.uniform(key)\n"
            "    return total\n"
        ),
        (
            "def f(key):\n"
            "    total = 0.0\n"
            "    for _ in range(3):\n"
            "        key, subkey = random.split(key)\n"
            "        total += random.normal(subkey)\n"
            "        key, subkey = random.split(key)\n"
            "        total += random.uniform(subkey)\n"
            "    return total\n"
        ),
    ),
    "a loop that renews the key": (
        (
            "def f(key):\n"
            "    total = 0.0\n"
            "    for step in range(3):\n"
            "        own = random.fold_in(key, step)\n"
            "        total += random.normal(own)\n"
            "        total += random.uniform(own)\n"
            "    return total\n"
        ),
        (
            "def f(key):\n"
            "    total = 0.0\n"
            "    for step in range(3):\n"
            "        own = random.fold_in(key, step)\n"
            "        own, subkey = random.split(own)\n"
            "        total += random.normal(subkey)\n"
            "        total += random.uniform(own)\n"
            "    return total\n"
        ),
    ),
    "the module": (
        "key = random.key(0)\nx = random.normal(key)\ny = random.normal(key)\n",
        (
            "key = random.key(0)\n"
            "key, subkey = random.split(key)\n"
            "x = random.normal(subkey)\n"
            "y = random.normal(key)\n"
        ),
    ),
    "helpers": (
        (
            "def noise(key, n):\n    return random.normal(key, (n,))\n\n"
            "def f(key):\n    x = noise(key, 2)\n    return x, noise(key=key, n=3)\n"
        ),
        (
            "def noise(key, n):\n    return random.normal(key, (n,))\n\n"
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    x = noise(subkey, 2)\n"
            "    return x, noise(key=key, n=3)\n"
        ),
    ),
    "a name that is taken": (
        "def f(key, subkey):\n    x = random.normal(key)\n    return x, random.normal(key), subkey\n",
        (
            "def f(key, subkey):\n"
            "    key, subkey_2 = random.split(key)\n"
            "    x = random.normal(subkey_2)\n"
            "    return x, random.normal(key), subkey\n"
        ),
    ),
    "a key that has the usual name": (
        (
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    a = random.normal(subkey)\n"
            "    b = random.normal(subkey)\n"
            "    return a + b + random.normal(subkey) + random.normal(key)\n"
        ),
        (
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    subkey, subkey_2 = random.split(subkey)\n"
            "    a = random.normal(subkey_2)\n"
            "    subkey, subkey_2 = random.split(subkey)\n"
            "    b = random.normal(subkey_2)\n"
            "    return a + b + random.normal(subkey) + random.normal(key)\n"
        ),
    ),
    "several lines": (
        (
            "def f(key):\n"
            "    x = random.normal(\n"
            "        key,\n"
            "        (2,),\n"
            "    )\n"
            "    return x + random.normal(key)\n"
        ),
        (
            "def f(key):\n"
            "    key, subkey = random.split(key)\n"
            "    x = random.normal(\n"
            "        subkey,\n"
            "        (2,),\n"
            "    )\n"
            "    return x + random.normal(key)\n"
        ),
    ),
    "what a loop goes over": (
        (
            "def f(key):\n"
            "    total = 0.0\n"
            "    for one in random.split(key, 3):\n"
            "        total += random.normal(one)\n"
            "    return total + random.normal(key)\n"
        ),
        (
            "def f(key):\n"
            "    total = 0.0\n"
            "    key, subkey = random.split(key)\n"
            "    for one in random.split(subkey, 3):\n"
            "        total += random.normal(one)\n"
            "    return total + random.normal(key)\n"
        ),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_written(name: str) -> None:
    """The first use gets a new key, and the program is right afterwards."""
    before, right = RIGHT[name]
    assert after(before) == right
    assert after(right) == right


LEFT = {
    "a nested function knows the key": (
        "def f(key):\n"
        "    def g():\n"
        "        return key.shape\n"
        "    return random.normal(key) + random.normal(key), g\n"
    ),
    "the key comes from outside": (
        "KEY = random.key(0)\ndef f():\n    return random.normal(KEY) + random.normal(KEY)\n"
    ),
    "a global variable": (
        "key = random.key(0)\n"
        "def f():\n"
        "    global key\n"
        "    key = random.key(1)\n"
        "    return random.normal(key) + random.normal(key)\n"
    ),
    "an attribute": (
        "class A:\n"
        "    def __init__(self, seed):\n"
        "        self.key = random.key(seed)\n"
        "        self.x = random.normal(self.key)\n"
        "        self.y = random.normal(self.key)\n"
    ),
    "another name": "def f(key):\n    k = key\n    x = random.normal(k)\n    return x + random.normal(key)\n",
    "two statements on a line": "def f(key):\n    x = random.normal(key); return x + random.normal(key)\n",
    "a body on the line of its head": (
        "def f(key, flag):\n    if flag: x = random.normal(key)\n    return random.normal(key)\n"
    ),
    "a comprehension": (
        "def f(key):\n    x = [random.normal(key) for _ in range(1)]\n    return x, random.normal(key)\n"
    ),
    "a test that is made again and again": (
        "def f(key):\n    while random.bernoulli(key):\n        pass\n    return random.normal(key)\n"
    ),
    "an array of keys": (
        "import jax\n"
        "def f(key):\n"
        "    keys = random.split(key, 3)\n"
        "    x = jax.vmap(random.normal)(keys)\n"
        "    return x + jax.vmap(random.uniform)(keys)\n"
    ),
    "an element": "def f(keys):\n    x = random.normal(keys[0])\n    return x + random.normal(keys[0])\n",
    "the same data": (
        "def f(key):\n"
        "    x = random.normal(random.fold_in(key, 1))\n"
        "    return x + random.normal(random.fold_in(key, 1))\n"
    ),
    "a key that comes back": (
        "def noise(key):\n    return key, random.normal(key)\n\n"
        "def f(key):\n    key, x = noise(key)\n    return x + random.normal(key)\n"
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_where_no_fix_is_offered(name: str) -> None:
    """It would not be local, or not right."""
    assert after(LEFT[name]) == LEFT[name]


def test_no_fix_without_an_import() -> None:
    """A module that cannot write `split` is left alone."""
    body = "def f(key):\n    x = normal(key)\n    return x + normal(key)\n"
    assert after(body, "from jax.random import normal") == body


def test_no_fix_where_the_module_is_hidden() -> None:
    """A variable that is called like the import stands for something else."""
    imports = "import jax\nfrom jax import random as r"
    body = "def f(key, jax, r):\n    x = normal(key)\n    return x + normal(key)\n"
    assert after(body, imports + "\nfrom jax.random import normal") == body
