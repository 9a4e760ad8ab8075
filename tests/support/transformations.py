"""The ways in which JAX comes to run a function, each as a text with holes.

``F`` is the name of the function (and a suffix for the names beside it), ``BODY`` stands for the
operation with the lines that make its operands, ``EXPRESSION``, in a lambda, for the operation alone.
The function that holds them has the operand ``x``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Transformation:
    """One way in which JAX comes to run a function.

    ``kind`` tells what ``x`` is: a scalar, a vector or an integer index. ``call`` is what a user of the
    function writes; ``needs_call`` says that nothing else shows what comes in. ``static`` is the name of
    a Python number inside. ``finish``: the trace must go to its end, since JAX would not hand on
    an exception.
    """

    name: str
    text: str
    call: str = "F(V)"
    kind: str = "vector"
    static: str = "K"
    needs_call: bool = False
    finish: bool = False


def _decorated(name: str, decorator: str, call: str = "F(V)", kind: str = "vector") -> Transformation:
    """A transformation as a decorator of a function of one argument that returns an array like it."""
    return Transformation(name, f"{decorator}\ndef F(x):\n    BODY\n    return x * 1.0", call, kind)


def _loss(name: str, application: str, call: str = "F(V)") -> Transformation:
    """A transformation of a function of a vector that returns a scalar."""
    return Transformation(name, f"def F_loss(x):\n    BODY\n    return jnp.sum(x * x)\n\n{application}", call)


def _derived(name: str, result: str) -> Transformation:
    """A function that differentiates another one for itself."""
    return _loss(name, f"def F(z):\n    return {result}")


def _applied(
    name: str, parameters: str, result: str, application: str, call: str = "F(V, V)", static: str = "K"
) -> Transformation:
    """A function of several arguments, and what is made of it."""
    text = f"def F_plain({parameters}):\n    BODY\n    return {result}\n\nF = {application}"
    return Transformation(name, text, call, static=static)


def _lambda(name: str, use: str) -> Transformation:
    """A call that is given a lambda of a scalar."""
    return Transformation(name, f"def F(z):\n    return {use}", "F(X)", "scalar")


def _control(name: str, function: str, result: str, use: str, kind: str = "vector") -> Transformation:
    """A local function, ``body(x)`` or so, and the call that is given it."""
    text = f"def F(z):\n    def {function}:\n        BODY\n        return {result}\n\n    return {use}"
    return Transformation(name, text, kind=kind)


_JIT = [
    _decorated("@jax.jit", "@jax.jit"),
    _decorated("@jit", "@jit", "F(X)", "scalar"),
    _decorated("@pjit", "@pjit"),
    _decorated("@partial(jax.jit, donate_argnums=...)", "@partial(jax.jit, donate_argnums=(0,))", "F(V + 0)"),
    Transformation(
        "@partial(jax.jit, static_argnames=...)",
        """
@partial(jax.jit, static_argnames="k")
def F(x, k):
    BODY
    return x * 1.0""",
        "F(V, k=3)",
        static="k",
    ),
    Transformation(
        "@functools.partial(jax.jit, static_argnums=...)",
        """
@functools.partial(jax.jit, static_argnums=(1,))
def F(x, k):
    BODY
    return x * 1.0""",
        "F(V, 3)",
        static="k",
    ),
    Transformation(
        "@jax.jit(static_argnames=...)",
        """
@jax.jit(static_argnames=("k",))
def F(x, k=3):
    BODY
    return x * 1.0""",
        "F(V, 3)",
        static="k",
    ),
    Transformation(
        "@jax.jit, a default that no call passes",
        """
@jax.jit
def F(x, k=3):
    BODY
    return x * 1.0""",
        static="k",
    ),
    Transformation(
        "@jax.jit, a default that a call passes",
        """
@jax.jit
def F(x, k=3):
    BODY
    return x * 1.0""",
        "F(V, 3)",
        static="k",
        needs_call=True,
    ),
    Transformation("jax.jit(f)", "def F_plain(x):\n    BODY\n    return x * 1.0\n\nF = jax.jit(F_plain)"),
    Transformation("jit(lambda)", "F = jit(lambda x: (EXPRESSION, x * 1.0)[1])", "F(X)", "scalar"),
    Transformation(
        "jax.jit(partial(f, k=3))",
        """
def F_plain(x, k):
    BODY
    return x * 1.0

F = jax.jit(partial(F_plain, k=3))""",
        static="k",
    ),
    Transformation(
        "method with static self",
        """
class F_class:
    width = 3

    @partial(jax.jit, static_argnums=0)
    def step(self, x):
        BODY
        return x * 1.0""",
        "F_class().step(V)",
        static="self.width",
    ),
    Transformation(
        "self.step = jax.jit(self._step)",
        """
class F_class:
    def __init__(self, width):
        self.width = width
        self.step = jax.jit(self._step)

    def _step(self, x):
        BODY
        return x * 1.0""",
        "F_class(3).step(V)",
        static="self.width",
    ),
    Transformation(
        "jax.jit(f)(x)",
        "def F_plain(x):\n    BODY\n    return x * 1.0\n\ndef F(z):\n    return jax.jit(F_plain)(z)",
    ),
    Transformation(
        "a factory that returns jit(f)",
        """
def F_factory(k):
    def step(x):
        BODY
        return x * 1.0

    return jax.jit(step)""",
        "F_factory(3)(V)",
        static="k",
    ),
    Transformation(
        "jit(f) in a dict",
        "def F_plain(x):\n    BODY\n    return x * 1.0\n\nF_STEPS = {'step': jax.jit(F_plain)}",
        "F_STEPS['step'](V)",
    ),
    Transformation(
        "a helper of a jitted function",
        """
def F_helper(x, k):
    BODY
    return x * 1.0

@jax.jit
def F(z):
    return F_helper(z * 2.0, 3)""",
        static="k",
    ),
    Transformation(
        "a closure in a jitted function",
        """
@jax.jit
def F(x):
    def inner():
        BODY
        return x * 1.0

    return inner()""",
    ),
    Transformation(
        "jit, a leaf of a dict",
        "@jax.jit\ndef F(params):\n    x = params['w']\n    BODY\n    return x * 1.0",
        "F({'w': V})",
    ),
    Transformation(
        "jit, a field of a NamedTuple",
        "@jax.jit\ndef F(pair: Pair):\n    x = pair.first\n    BODY\n    return x * 1.0",
        "F(Pair(V, V))",
    ),
    Transformation(
        "jit, *args",
        "@jax.jit\ndef F(*args):\n    x = args[0]\n    BODY\n    return x * 1.0",
    ),
    Transformation(
        "jit, **kwargs",
        "@jax.jit\ndef F(**kwargs):\n    x = kwargs['x']\n    BODY\n    return x * 1.0",
        "F(x=V)",
    ),
    Transformation(
        "jit().lower()",
        "def F_plain(x):\n    BODY\n    return x * 1.0\n\ndef F(z):\n    return jax.jit(F_plain).lower(z)",
    ),
    Transformation(
        "ensure_compile_time_eval in jit",
        """
@jax.jit
def F(x):
    with jax.ensure_compile_time_eval():
        BODY
    return x * 1.0""",
    ),
    Transformation(
        "ensure_compile_time_eval in jit, a closed-over array",
        """
@jax.jit
def F(z):
    with jax.ensure_compile_time_eval():
        x = WEIGHTS * 2.0
        BODY
    return z * 1.0""",
    ),
    _decorated("@jax.pmap", "@jax.pmap", "F(BATCH[:1])"),
    Transformation(
        "shard_map under jit",
        """
MESH = Mesh(np.array(jax.devices()[:1]), ("i",))

@jax.jit
@partial(jax.shard_map, mesh=MESH, in_specs=P("i"), out_specs=P("i"))
def F(x):
    BODY
    return x * 1.0""",
    ),
    Transformation(
        "shard_map",
        """
def F_plain(x):
    BODY
    return x * 1.0

def F(z):
    mesh = Mesh(np.array(jax.devices()[:1]), ("i",))
    return jax.shard_map(F_plain, mesh=mesh, in_specs=P("i"), out_specs=P("i"))(z)""",
    ),
]

_GRAD = [
    _loss("grad(f)", "F = jax.grad(F_loss)"),
    Transformation("@jax.grad", "@jax.grad\ndef F(x):\n    BODY\n    return x * x", "F(X)", "scalar"),
    Transformation("grad(lambda)", "F = jax.grad(lambda x: (EXPRESSION, x * x)[1])", "F(X)", "scalar"),
    _applied("grad, a parameter that is not differentiated", "w, x", "jnp.sum(w * x)", "jax.grad(F_plain)"),
    _applied(
        "grad, a Python number that is not differentiated",
        "x, k",
        "jnp.sum(k * x)",
        "jax.grad(F_plain)",
        "F(V, 3)",
        static="k",
    ),
    _applied("grad(argnums=1)", "w, x", "jnp.sum(w * x)", "jax.grad(F_plain, argnums=1)"),
    _loss("value_and_grad(f)", "F = jax.value_and_grad(F_loss)"),
    _applied(
        "value_and_grad(has_aux=True)",
        "x",
        "jnp.sum(x * x), x",
        "jax.value_and_grad(F_plain, has_aux=True)",
        "F(V)",
    ),
    _derived("jvp", "jax.jvp(F_loss, (z,), (z,))"),
    _derived("vjp", "jax.vjp(F_loss, z)[1](jnp.ones(()))"),
    _derived("linearize", "jax.linearize(F_loss, z)[0]"),
    _loss("jacfwd", "F = jax.jacfwd(F_loss)"),
    _loss("jacrev", "F = jax.jacrev(F_loss)"),
    _loss("hessian", "F = jax.hessian(F_loss)"),
    _loss("grad(jit(f))", "F = jax.grad(jax.jit(F_loss))"),
    _loss("jit(grad(f))", "F = jax.jit(jax.grad(F_loss))"),
    Transformation(
        "value_and_grad in a jitted step",
        """
@jax.jit
def F(z):
    def loss(x):
        BODY
        return jnp.sum(x * x), x

    return jax.value_and_grad(loss, has_aux=True)(z)""",
    ),
    Transformation(
        "grad(vmap(f))",
        """
def F_row(x):
    BODY
    return jnp.sum(x * x)

F = jax.grad(lambda batch: jnp.sum(jax.vmap(F_row)(batch)))""",
        "F(BATCH)",
    ),
    Transformation(
        "linear_transpose",
        """
def F_linear(x):
    BODY
    return x * 2.0

def F(z):
    return jax.linear_transpose(F_linear, z)(z)""",
    ),
]

_VMAPPED = "jax.vmap(F_plain, in_axes=(0, None))"

_VMAPPED_DICT = """
def F_row(d):
    x = d[KEY]
    BODY
    return d['a'] * d['b']

F = jax.vmap(F_row, in_axes=({'a': 0, 'b': None},))"""

_VMAP = [
    _decorated("@jax.vmap", "@jax.vmap", "F(BATCH)"),
    _decorated("@partial(jax.vmap, in_axes=1)", "@partial(jax.vmap, in_axes=1)", "F(BATCH.T)"),
    Transformation("vmap(lambda)", "F = vmap(lambda x: (EXPRESSION, x * 1.0)[1])", "F(V)", "scalar"),
    _applied("vmap(in_axes=(0, None)), the mapped one", "x, y", "x * y", _VMAPPED, "F(BATCH, V)"),
    _applied("vmap(in_axes=(0, None)), the other one", "y, x", "x * y", _VMAPPED, "F(BATCH, V)"),
    _applied(
        "vmap(in_axes=(0, None)), a Python number", "x, k", "x * k", _VMAPPED, "F(BATCH, 3)", static="k"
    ),
    Transformation(
        "vmap, a keyword argument",
        "def F_row(y, x):\n    BODY\n    return x * y\n\nF = jax.vmap(F_row, in_axes=(None,))",
        "F(V, x=BATCH)",
        needs_call=True,
    ),
    Transformation(
        "vmap(in_axes=({'a': 0, 'b': None},)), 'a'",
        _VMAPPED_DICT.replace("KEY", "'a'"),
        "F({'a': BATCH, 'b': V})",
    ),
    Transformation(
        "vmap(in_axes=({'a': 0, 'b': None},)), 'b'",
        _VMAPPED_DICT.replace("KEY", "'b'"),
        "F({'a': BATCH, 'b': V})",
    ),
    _applied(
        "jit(vmap(in_axes=(0, None))), the other one", "y, x", "x * y", f"jax.jit({_VMAPPED})", "F(BATCH, V)"
    ),
    Transformation(
        "vmap(vmap(f))",
        "def F_cell(x):\n    BODY\n    return x * 1.0\n\nF = jax.vmap(jax.vmap(F_cell))",
        "F(BATCH)",
        "scalar",
    ),
    _loss("vmap(grad(f))", "F = jax.vmap(jax.grad(F_loss))", "F(BATCH)"),
    _loss("jit(vmap(grad(f)))", "F = jax.jit(jax.vmap(jax.grad(F_loss)))", "F(BATCH)"),
    _decorated("@jnp.vectorize", "@jnp.vectorize", "F(V)", "scalar"),
    _decorated(
        "@partial(jnp.vectorize, signature=...)",
        "@partial(jnp.vectorize, signature='(n)->(n)')",
        "F(BATCH)",
    ),
]

_CUSTOM_JVP = """
@jax.custom_jvp
def F_f(x):
    BODY_FUN
    return x * 1.0

@F_f.defjvp
def F_rule(primals, tangents):
    (x,), (t,) = primals, tangents
    BODY_RULE
    return x * 1.0, t * 1.0

def F(z):
    return RESULT"""

_CUSTOM_VJP = """
@jax.custom_vjp
def F_f(x):
    BODY_FUN
    return x * 1.0

def F_fwd(x):
    BODY_FWD
    return F_f(x), x

def F_bwd(x, g):
    BODY_BWD
    return (x * g,)

F_f.defvjp(F_fwd, F_bwd)

def F(z):
    return RESULT"""

_RESULTS = {
    "alone": "F_f(z)",
    "under jit": "jax.jit(F_f)(z)",
    "under vmap": "jax.vmap(F_f)(BATCH)",
    "under grad": "jax.grad(lambda y: jnp.sum(F_f(y)))(z)",
    "under jvp": "jax.jvp(F_f, (z,), (z,))[1]",
    "under jit(grad)": "jax.jit(jax.grad(lambda y: jnp.sum(F_f(y))))(z)",
}


def _custom(name: str, text: str, part: str, use: str) -> Transformation:
    """A function with a derivative of its own, or a rule of it, in one of its uses."""
    filled = text.replace("RESULT", _RESULTS[use]).replace(part, "BODY")
    lines = [line for line in filled.splitlines() if "BODY_" not in line]
    return Transformation(f"{name} {use}", "\n".join(lines))


def _derivative(name: str, text: str, operand: str, use: str) -> Transformation:
    """A rule that has a tangent or a cotangent for its operand ``x``."""
    if operand == "g":
        return _custom(name, text.replace("F_bwd(x, g)", "F_bwd(g, x)"), "BODY_BWD", use)
    swapped = text.replace("(x,), (t,)", "(t,), (x,)").replace("x * 1.0, t * 1.0", "t * 1.0, x * 1.0")
    return _custom(name, swapped, "BODY_RULE", use)


_OTHERS = ["alone", "under jit", "under vmap"]
_GRADS = ["under grad", "under jit(grad)"]
_FORWARD = [*_GRADS, "under jvp"]

_CUSTOM = [
    *(_custom("custom_jvp", _CUSTOM_JVP, "BODY_FUN", use) for use in _OTHERS),
    *(_custom("custom_jvp, its rule", _CUSTOM_JVP, "BODY_RULE", use) for use in _FORWARD),
    *(_derivative("custom_jvp, the tangent of its rule", _CUSTOM_JVP, "t", use) for use in _FORWARD),
    *(_custom("custom_vjp", _CUSTOM_VJP, "BODY_FUN", use) for use in _OTHERS),
    *(_custom("custom_vjp, forward", _CUSTOM_VJP, "BODY_FWD", use) for use in _GRADS),
    *(_custom("custom_vjp, backward", _CUSTOM_VJP, "BODY_BWD", use) for use in _GRADS),
    *(_derivative("custom_vjp, the cotangent", _CUSTOM_VJP, "g", use) for use in _GRADS),
]

_CONTROL = [
    _control("scan", "body(x, _)", "x * 1.0, x", "lax.scan(body, z, None, length=2)"),
    _control("scan, the slice", "body(c, x)", "c, x * 1.0", "lax.scan(body, 0.0, z)", "scalar"),
    _control(
        "scan, partial", "body(k, x, _)", "x * 1.0, x", "lax.scan(partial(body, 2.0), z, None, length=2)"
    ),
    _lambda("scan, lambda", "lax.scan(lambda x, _: (EXPRESSION, (x * 1.0, x))[1], z, None, length=2)"),
    _control(
        "while_loop, condition", "go(x)", "jnp.sum(x) < 2.0", "lax.while_loop(go, lambda x: x * 2.0, z)"
    ),
    _control("while_loop, body", "body(x)", "x * 2.0", "lax.while_loop(lambda x: x[0] < 2.0, body, z)"),
    _control("fori_loop, carry", "body(i, x)", "x * 1.0", "lax.fori_loop(0, 2, body, z)"),
    _control("fori_loop, index", "body(x, c)", "c + x", "lax.fori_loop(1, 2, body, z)", "index"),
    _control("cond", "branch(x)", "x * 1.0", "lax.cond(z[0] > 0, branch, lambda x: x, z)"),
    _lambda("cond, lambda", "lax.cond(z > 0, lambda x: (EXPRESSION, x * 1.0)[1], lambda x: x, z)"),
    Transformation(
        "cond, closure",
        """
def F(x):
    def branch():
        BODY
        return x * 1.0

    return lax.cond(x[0] > 0, branch, lambda: x)""",
    ),
    _control("switch", "branch(x)", "x * 1.0", "lax.switch(1, [lambda x: x, branch], z)"),
    _control("lax.map", "body(x)", "x * 1.0", "lax.map(body, z)", "scalar"),
    Transformation(
        "associative_scan",
        """
def F(z):
    def combine(a, b):
        x = jnp.sum(a, axis=0)
        BODY
        return a + b * x

    return lax.associative_scan(combine, z)""",
        "F(BATCH)",
    ),
    _control("lax.reduce", "combine(x, y)", "x + y", "lax.reduce(z, np.float32(0), combine, (0,))", "scalar"),
    _control("jax.tree.map", "leaf(x)", "x * 1.0", "jax.tree.map(leaf, {'w': z})"),
    _control("checkpoint", "layer(x)", "x * 1.0", "jax.checkpoint(layer)(z)"),
    _decorated("@jax.checkpoint", "@jax.checkpoint"),
    _control("checkpoint under grad", "layer(x)", "jnp.sum(x * x)", "jax.grad(jax.checkpoint(layer))(z)"),
    Transformation(
        "checkpoint(static_argnums=...)",
        "@partial(jax.checkpoint, static_argnums=(1,))\ndef F(x, k):\n    BODY\n    return x * 1.0",
        "F(V, 3)",
        static="k",
    ),
    _control("eval_shape", "init(x)", "x * 1.0", "jax.eval_shape(init, z)"),
    _control("make_jaxpr", "init(x)", "x * 1.0", "jax.make_jaxpr(init)(z)"),
    _control("jnp.fromfunction", "fill(x)", "x * 1.0", "jnp.fromfunction(fill, (3,), dtype=int)", "index"),
    _control("jnp.piecewise", "piece(x)", "x * 1.0", "jnp.piecewise(z, [z > 1], [piece, 0.0])", "scalar"),
    Transformation(
        "jnp.apply_along_axis",
        """
def F_row(x):
    BODY
    return x * 1.0

def F(z):
    return jnp.apply_along_axis(F_row, 1, z)""",
        "F(BATCH)",
    ),
    _control("odeint", "slope(x, t)", "x * 1.0", "odeint(slope, z, jnp.linspace(0.0, 1.0, 3))"),
    Transformation(
        "pallas_call",
        """
def F_kernel(x_ref, o_ref):
    x = x_ref[...]
    BODY
    o_ref[...] = x * 1.0

def F(z):
    shape = jax.ShapeDtypeStruct((3,), jnp.float32)
    return pl.pallas_call(F_kernel, out_shape=shape, interpret=True)(z)""",
    ),
]


def _under_jit(plain: Transformation) -> Transformation:
    """The same with all of it in a jitted function."""
    text = plain.text.replace("def F(z):", "@jax.jit\ndef F(z):")
    return Transformation(f"{plain.name} under jit", text, plain.call, plain.kind, finish=plain.finish)


_CALLBACKS = [
    Transformation(
        f"{name}",
        f"""
def F_host(x):
    BODY
    return np.asarray(x * 1.0)

def F(z):
    return {result}""",
        finish=True,
    )
    for name, result in {
        "pure_callback": "jax.pure_callback(F_host, jax.ShapeDtypeStruct((3,), jnp.float32), z)",
        "io_callback": "io_callback(F_host, jax.ShapeDtypeStruct((3,), jnp.float32), z)",
        "debug.callback": "jax.debug.callback(F_host, z)",
    }.items()
]

_BY_NAME = {transformation.name: transformation for transformation in _CONTROL}

TRANSFORMATIONS: tuple[Transformation, ...] = (
    Transformation("no transformation", "def F(x):\n    BODY\n    return x * 1.0"),
    *_JIT,
    *_GRAD,
    *_VMAP,
    *_CUSTOM,
    *_CONTROL,
    *(_under_jit(_BY_NAME[name]) for name in ("associative_scan", "jax.tree.map")),
    *_CALLBACKS,
    *map(_under_jit, _CALLBACKS),
)
"""Every transformation, the untransformed function first."""
