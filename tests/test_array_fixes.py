"""The fixes of JAX201, JAX203 and JAX307: what they write, where they are not offered, what is left."""

from __future__ import annotations

from collections import Counter

import pytest
from support import fixtures
from support.fixing import fixed
from support.fixtures import Case

from jaxlint.catalogue import catalogue
from jaxlint.config import Config
from jaxlint.engine import check_source

HEAD = "import jax\nimport jax.numpy as jnp\nimport numpy as np\n\n"


def after(body: str, head: str = HEAD) -> str:
    """The text behind the imports, fixed."""
    text = fixed(head + body)
    return text.removeprefix(head)


@pytest.mark.parametrize(
    ("before", "right"),
    [
        ("x[0] = 1.0", "x = x.at[0].set(1.0)"),
        ("x[1:, None] = 1.0", "x = x.at[1:, None].set(1.0)"),
        ("x[0] += 2", "x = x.at[0].add(2)"),
        ("x[0] -= y + 1", "x = x.at[0].subtract(y + 1)"),
        ("x[0] *= y", "x = x.at[0].multiply(y)"),
        ("x[0] /= y", "x = x.at[0].divide(y)"),
        ("x[0] **= 2", "x = x.at[0].power(2)"),
        ("x[0] //= 2", "x = x.at[0].set(x[0] // 2)"),
        ("x[0] %= y + 1", "x = x.at[0].set(x[0] % (y + 1))"),
        ("x[0] = (\n    1.0  # why\n)", "x = x.at[0].set((\n    1.0  # why\n))"),
        ("x[0] = 1.0; y = 2", "x = x.at[0].set(1.0); y = 2"),
        ("x.at[0].set(1.0)", "x = x.at[0].set(1.0)"),
        ("x.at[0].set(1.0).at[1].add(2.0)", "x = x.at[0].set(1.0).at[1].add(2.0)"),
    ],
)
def test_updates_are_given_to_the_variable(before: str, right: str) -> None:
    """Each operator has its method; comments and other statements stay."""
    head = HEAD + "y = 3\nx = jnp.ones(3)\n"
    assert after(f"{before}\nprint(x)\n", head) == f"{right}\nprint(x)\n"


@pytest.mark.parametrize(
    "body",
    [
        "x = jnp.ones(3)\ndef f():\n    x[0] = 1.0\n    return x\n",
        "def f():\n    for row in jnp.ones((3, 3)):\n        row[0] = 1.0\n        print(row)\n",
        "def f():\n    x = jnp.ones(3)\n    x[0] = 1.0\n",
        "def f():\n    x = jnp.ones(3)\n    y = [0]\n    x[0] = y[0] = 1.0\n    return x\n",
        "def f():\n    x = jnp.ones(3)\n    x[0], y = 1.0, 2\n    return x\n",
        "def f():\n    x = jnp.ones(3)\n    del x[0]\n    return x\n",
        "def f(a):\n    a.x = jnp.ones(3)\n    a.x[0] = 1.0\n    return a\n",
        "@jax.jit\ndef f(x):\n    x = x + 1\n    x[x > 0] = 1.0\n    return x\n",
        "x = jnp.ones(3)\ndef f():\n    x.at[0].set(1.0)\n    return x\n",
        "@jax.jit\ndef f(x):\n    return np.arange(x)\n",
    ],
)
def test_where_no_fix_is_offered(body: str) -> None:
    """The variable is somebody else's, a new value would be lost, or JAX would refuse it as well."""
    assert after(body) == body


def test_the_import_is_added_where_it_is_missing() -> None:
    """Behind those from the future, once."""
    head = '"""A module."""\n\nfrom __future__ import annotations\n\n'
    body = "import numpy as np\nfrom jax import jit\n\n@jit\ndef f(x):\n    return np.sin(x) + np.cos(x)\n"
    assert after(body, head) == (
        "import jax.numpy as jnp\n"
        "import numpy as np\nfrom jax import jit\n\n@jit\ndef f(x):\n    return jnp.sin(x) + jnp.cos(x)\n"
    )


@pytest.mark.parametrize(
    ("head", "right"),
    [
        ("import jax\nimport numpy as np\n", "jax.numpy.sin(x)"),
        ("import jax\nimport numpy as np\nfrom jax import numpy as jaxnp\n", "jaxnp.sin(x)"),
        ("import jax\nimport numpy as np\nfrom jax.numpy import sin\n", "sin(x)"),
    ],
)
def test_the_module_keeps_its_own_spelling(head: str, right: str) -> None:
    """The name under which it has imported JAX's function or module is used."""
    assert after("@jax.jit\ndef f(x):\n    return np.sin(x)\n", head) == (
        f"@jax.jit\ndef f(x):\n    return {right}\n"
    )


FAMILIES = ("arrays/", "control_flow/", "random/")
CASES = [case for case in fixtures.collect() if case.name.startswith(FAMILIES)]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_fixtures_can_be_fixed(case: Case) -> None:
    """What has a fix is gone after it; what had none is still there, and nothing has come."""
    (program,) = case.programs
    found = check_source(program.text, config=Config())
    fixable = Counter(one.code for one in found if one.fix is not None)

    left = check_source(fixed(program.text), config=Config())

    assert Counter(one.code for one in left) == Counter(one.code for one in found) - fixable
    assert {one.code for one in found if one.fix is not None and one.fix.safe} <= SAFE


SAFE = {code for code, rule in catalogue().items() if rule.fix == "safe"}
