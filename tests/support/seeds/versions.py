"""Scenarios of the rules JAX801 to JAX803 and JAX901 to JAX903."""

from __future__ import annotations

from support.seeds import Scenarios

SCENARIOS = Scenarios(
    (
        (
            9,
            "updates by the functions of 2019",
            """
x = jnp.zeros((5, 6))
jax.ops.index_update(x, (1, slice(None)), 1.0)  # JAX901
jax.ops.index_add(x, (slice(None, None, 2), slice(3, None)), 7.0)  # JAX901
jax.ops.index_min(x, 0, 1.0)  # JAX901
jax.ops.index_max(x, 0, 1.0)  # JAX901
print(jax.ops.index[1, :])  # JAX901
""",
        ),
        (
            9,
            "updates by .at",
            """
x = jnp.zeros((5, 6))
x = x.at[1, :].set(1.0).at[::2, 3:].add(7.0).at[0].min(1.0).at[0].max(0.0)
assert x[2, 3] == 7
""",
        ),
        (
            25,
            "cond with operands by the names of 2019",
            """
lax.cond(True, true_operand=3.0, true_fun=jnp.sin, false_fun=jnp.cos)  # JAX901 -> TypeError
""",
        ),
        (
            25,
            "cond with an operand for each branch, which JAX still takes",
            """
assert lax.cond(True, 3.0, lambda x: x + 1, 5.0, lambda x: x - 1) == 4
""",
        ),
        (
            28,
            "the NaN checker left on",
            """
jax.config.update("jax_debug_nans", True)  # JAX803

def safe_log(x):
    return jnp.log(jnp.maximum(x, 1e-6))

safe_log(jnp.zeros(2))
""",
        ),
        (
            28,
            "the NaN checker for a block",
            """
with jax.debug_nans(True):
    jnp.log(jnp.ones(2))
""",
        ),
        (
            29,
            "the configuration as a module",
            """
from jax.config import config  # JAX901 -> ModuleNotFoundError
""",
        ),
        (
            29,
            "the configuration as an object",
            """
from jax import config

config.update("jax_numpy_rank_promotion", "allow")
config.parse_flags_with_absl
""",
        ),
        (
            30,
            "float64 with x64 off",
            """
x = jnp.zeros(3, dtype=jnp.float64)  # JAX801
assert x.dtype == jnp.float32
""",
        ),
        (
            30,
            "float64 with x64 on from the start",
            """
jax.config.update("jax_enable_x64", True)
x = jnp.zeros(3, dtype=jnp.float64)
assert x.dtype == jnp.float64
""",
        ),
        (
            30,
            "x64 on when there are arrays",
            """
x = jnp.zeros(3)
jax.config.update("jax_enable_x64", True)  # JAX802
assert x.dtype == jnp.float32
""",
        ),
        (
            50,
            "the environment set after the import",
            """
import os

os.environ["JAX_ENABLE_X64"] = "1"  # JAX802
assert jnp.zeros(3).dtype == jnp.float32
""",
        ),
        (
            50,
            "a platform, and variables of others",
            """
import os

os.environ["JAX_PLATFORM_NAME"] = "cpu"
os.environ["OMP_NUM_THREADS"] = "1"
""",
        ),
        (
            54,
            "devices and types of old",
            """
fast = jax.jit(jnp.sin, backend="cpu")  # JAX902 -> none
placed = jax.jit(jnp.sin, device=jax.devices()[0])  # JAX902 -> none
x = jnp.ones(3)
x.device()  # JAX901 -> TypeError
isinstance(x, jnp.DeviceArray)  # JAX901
jax.lib.xla_bridge.get_backend()  # JAX901
""",
        ),
        (
            54,
            "a notebook's set-up",
            """
import jax.tools.colab_tpu  # JAX901 -> ModuleNotFoundError
""",
        ),
        (
            54,
            "devices and types of today",
            """
x = jax.device_put(jnp.ones(3), jax.devices("cpu")[0])
assert isinstance(x, jax.Array) and x.devices() and jax.default_backend()
""",
        ),
    ),
    wrong=frozenset({9, 25, 28, 29, 30, 50, 54}),
    right=frozenset({9, 25, 28, 29, 30, 50, 54}),
)
