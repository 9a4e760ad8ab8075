"""Sample arguments with which the knowledge tables are measured (kept by hand).

`PARAMETERS` gives a value for a parameter by its name alone; `CALLS` overrides or completes the
arguments of one function.  Everything is an expression over the names of `environment()`, so that a
sample reads as a call.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

NAMESPACES: tuple[str, ...] = (
    "jax",
    "jax.numpy",
    "jax.numpy.linalg",
    "jax.numpy.fft",
    "jax.lax",
    "jax.lax.linalg",
    "jax.nn",
    "jax.nn.initializers",
    "jax.random",
    "jax.ops",
    "jax.tree",
    "jax.tree_util",
    "jax.image",
    "jax.dtypes",
    "jax.debug",
    "jax.scipy.special",
    "jax.scipy.linalg",
    "jax.scipy.signal",
    "jax.scipy.fft",
    "jax.scipy.ndimage",
    "jax.scipy.optimize",
    "jax.scipy.interpolate",
    "jax.scipy.integrate",
    "jax.scipy.cluster.vq",
    "jax.scipy.spatial.transform",
    "jax.scipy.sparse.linalg",
    "jax.scipy.stats",
)
"""The public modules whose callables have facts; the distributions of `jax.scipy.stats` come besides."""


def words(text: str) -> list[str]:
    """Return the words of a text: a list of names that is easy to write."""
    return text.split()


def environment() -> dict[str, Any]:
    """Return the names that sample expressions may use: small arrays named by dtype and dimensions."""
    f33 = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]], np.float32)
    arrays = {
        "f": np.float32(0.5),
        "f1": np.array([0.5], np.float32),
        "f2": np.array([0.25, 0.5], np.float32),
        "f3": np.array([0.25, 0.5, 0.75], np.float32),
        "f4": np.array([0.1, 0.2, 0.3, 0.4], np.float32),
        "f8": np.linspace(0.1, 0.8, 8, dtype=np.float32),
        "f23": np.linspace(0.1, 0.6, 6, dtype=np.float32).reshape(2, 3),
        "f32": np.linspace(0.1, 0.6, 6, dtype=np.float32).reshape(3, 2),
        "f34": np.linspace(0.1, 0.9, 12, dtype=np.float32).reshape(3, 4),
        "f33": f33,
        "f22": f33[:2, :2],
        "f43": np.linspace(0.1, 0.9, 12, dtype=np.float32).reshape(4, 3),
        "f234": np.linspace(0.1, 0.9, 24, dtype=np.float32).reshape(2, 3, 4),
        "f1244": np.linspace(0.1, 0.9, 32, dtype=np.float32).reshape(1, 2, 4, 4),
        "f3222": np.linspace(0.1, 0.9, 24, dtype=np.float32).reshape(3, 2, 2, 2),
        "f2234": np.linspace(0.1, 0.9, 48, dtype=np.float32).reshape(2, 2, 3, 4),
        "i": np.int32(1),
        "i1": np.array([1], np.int32),
        "i2": np.array([0, 1], np.int32),
        "i3": np.array([0, 1, 1], np.int32),
        "i4": np.array([0, 1, 2, 3], np.int32),
        "i23": np.array([[0, 1, 1], [1, 0, 2]], np.int32),
        "i33": np.eye(3, dtype=np.int32),
        "u3": np.array([1, 2, 3], np.uint8),
        "b": np.bool_(True),
        "b3": np.array([True, False, True]),
        "b23": np.array([[True, False, True], [False, False, True]]),
        "c3": np.array([1 + 1j, 2, 3j], np.complex64),
        "c33": f33.astype(np.complex64),
    }
    names: dict[str, Any] = {name: jnp.asarray(value) for name, value in arrays.items()}
    return names | {
        "key": jax.random.key(0),
        "rawkey": jax.random.PRNGKey(0),
        "jax": jax,
        "jnp": jnp,
        "lax": jax.lax,
        "np": np,
    }


PARAMETERS: dict[str, str] = {
    # arrays
    **dict.fromkeys(
        words("x a arr ary y b z m v A array operand image data element query value lhs rhs prototype val"),
        "f23",
    ),
    **dict.fromkeys(words("x1 x2 a1 a2 p q u w c r ar filt"), "f3"),
    **dict.fromkeys(words("ar1 ar2 test_elements"), "i3"),
    **dict.fromkeys(words("arrays tup operands elems"), "[f3, f3]"),
    "key": "key",
    "keys": "key",
    "in1": "f3",
    "in2": "f2",
    "indices": "i2",
    "where": "jnp.ones((2, 3), bool)",
    "weights": "jnp.ones((2, 3))",
    # numbers that may be traced
    **dict.fromkeys(
        words("rtol atol tol rcond fill_value initial nan posinf neginf fillvalue dx eps"), "0.5"
    ),
    **dict.fromkeys(words("minval left lower loc mean beta sigma scale negative_slope alpha stddev"), "0.5"),
    **dict.fromkeys(words("maxval right upper lam concentration df dfnum dfden cov lmbda bias"), "1.5"),
    # numbers and flags that may have to be concrete
    "axis": "0",
    "axes": "(0, 1)",
    "axis1": "0",
    "axis2": "1",
    "shape": "(2, 3)",
    "k": "1",
    "n": "3",
    "N": "3",
    "M": "3",
    "num": "4",
    "ddof": "1",
    "offset": "0",
    "start": "0",
    "stop": "3",
    "step": "1",
    "ndmin": "1",
    "ndim": "2",
    "decimals": "1",
    "dimension": "0",
    "dimensions": "(0,)",
    "repeats": "2",
    "size": "3",
    "length": "5",
    "minlength": "4",
    "total_repeat_length": "12",
    "num_segments": "2",
    "kth": "1",
    "source": "0",
    "destination": "1",
    "edge_order": "1",
    "deg": "1",
    "seed": "0",
    "num_classes": "3",
    "correction": "1",
    "seq_of_zeros": "f3",
    **dict.fromkeys(
        words(
            "keepdims stable descending equal_nan returned copy sparse endpoint retstep density right full "
            "cov overwrite_input assume_unique assume_unique_indices return_indices return_index "
            "return_inverse return_counts invert sorted rowvar include_initial increasing symmetrize_input "
            "upper hermitian "
            "full_matrices compute_uv indices_are_sorted unique_indices strip_zeros promote_integers reverse "
            "is_stable tiled exact replace independent return_sign return_residual approximate eigvals_only "
            "check_finite permute_l unit_diagonal antialias conjugate wrap_negative_indices numpy_resid "
            "allow_negative_indices calc_q left_side transpose_a conjugate_a compute_left_eigenvectors "
            "compute_right_eigenvectors return_onesided trim_leading_zeros symmetrize_output"
        ),
        "False",
    ),
    # never traced: names, types, functions
    "dtype": "jnp.float32",
    "new_dtype": "jnp.int32",
    "index_dtype": "jnp.int32",
    "axis_name": "'i'",
    "new_sizes": "(3, 2)",
    "limit_indices": "(2, 2)",
    "start_indices": "(0, 0)",
    "slice_sizes": "(1, 2)",
    "start_index": "0",
    "limit_index": "2",
    "slice_size": "2",
    "index": "0",
    "permutation": "(1, 0)",
    "padding": "'SAME'",
    "window_strides": "(1, 1)",
    "window_dimensions": "(1, 2)",
    "num_keys": "1",
    "distribution": "'normal'",
    "mode": "'full'",
}
"""What a parameter of this name gets where `CALLS` says nothing."""

CALLS: dict[str, str] = {}
"""Arguments of functions that the names alone do not serve."""


def _calls(module: str, **arguments: str) -> None:
    CALLS.update({f"{module}.{name}": text for name, text in arguments.items()})


def _same(module: str, names: str, arguments: str) -> None:
    CALLS.update({f"{module}.{name}": arguments for name in words(names)})


_integers = (
    "bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift left_shift right_shift gcd lcm"
)
_same("jax.numpy", _integers, "i3, i3")
_binary = "add subtract multiply logaddexp logaddexp2 logical_and logical_or logical_xor maximum minimum"
_same("jax.numpy", _binary, "f3, f3")
_same("jax.numpy", "bitwise_invert bitwise_not invert bitwise_count", "i3")
_same("jax.numpy", "intersect1d setdiff1d setxor1d union1d", "i3, i2")
_same("jax.numpy", "percentile nanpercentile", "f23, q=50.0, axis=0")
_same("jax.numpy", "quantile nanquantile", "f23, q=0.5, axis=0")
_same("jax.numpy", "split array_split vsplit", "f43, 2")
_same("jax.numpy", "hsplit", "f34, 2")
_same("jax.numpy", "dsplit", "f234, 2")
_same("jax.numpy", "diag_indices identity tril_indices triu_indices", "n=3")
_same("jax.numpy", "mask_indices", "3, jnp.triu")
_same("jax.numpy", "zeros_like ones_like empty_like", "f23")
_same("jax.numpy", "trace diagonal diag_indices_from tril_indices_from triu_indices_from cov corrcoef", "f33")
_same("jax.numpy", "matmul vecdot inner", "f33, f33")
_same("jax.numpy", "array_repr array_str array_equal array_equiv", "f3")
_same("jax.numpy", "array_equal array_equiv polyadd polymul polysub", "f3, f3")
_same("jax.numpy", "hstack vstack dstack column_stack concat concatenate stack block", "[f3, f3]")
_same("jax.numpy", "atleast_1d atleast_2d atleast_3d broadcast_arrays", "f3")
_same(
    "jax.numpy", "float32 float64 float16 bfloat16 int32 int8 int16 int64 uint8 uint16 uint32 uint64", "1.0"
)
_same(
    "jax.numpy", "bool_ complex64 complex128 float_ int_ uint double single cdouble csingle complex_", "1.0"
)
_same("jax.numpy", "cumsum cumprod cumulative_sum cumulative_prod nancumsum nancumprod", "f3")
_calls(
    "jax.numpy",
    apply_along_axis="jnp.sum, 0, f23",
    apply_over_axes="jnp.sum, f23, (0,)",
    arange="3",
    array="[1.0, 2.0]",
    asarray="[1.0, 2.0]",
    asanyarray="[1.0, 2.0]",
    append="f23, f23, axis=0",
    argpartition="f3, 1",
    astype="f3, jnp.int32",
    bincount="i3",
    broadcast_shapes="(2, 1), (1, 3)",
    broadcast_to="f3, (2, 3)",
    can_cast="jnp.int32, jnp.float32",
    choose="i3, [f3, f3]",
    clip="f3, 0.0, 1.0",
    compress="b3, f23, axis=1",
    convolve="f3, f2",
    correlate="f3, f2",
    copysign="f3, f3",
    cross="f3, f3",
    delete="f23, 0, axis=1",
    diag="f3",
    diagflat="f3",
    digitize="f3, f3",
    dot="f23, f34",
    dtype="'float32'",
    einsum="'ij,jk->ik', f23, f34",
    einsum_path="'ij,jk->ik', f23, f34",
    expand_dims="f23, 0",
    extract="b3, f3",
    eye="3",
    fill_diagonal="f33, 0.5, inplace=False",
    finfo="jnp.float32",
    frexp="f3",
    frombuffer="b'12345678', jnp.float32",
    fromfunction="jnp.add, (2, 3)",
    fromiter="[1.0, 2.0], float",
    frompyfunc="jnp.add, 2, 1",
    fromstring="'1 2', sep=' '",
    full="(2, 3), 0.5",
    full_like="f23, 0.5",
    geomspace="1.0, 8.0, 4",
    gradient="f3",
    histogram="f3, bins=4",
    histogram2d="f3, f3, bins=4",
    histogram_bin_edges="f3, bins=4",
    histogramdd="f32, bins=4",
    iinfo="jnp.int32",
    indices="(2, 3)",
    insert="f23, 1, 0.5, axis=1",
    interp="f3, f3, f3",
    isdtype="jnp.float32, 'real floating'",
    isin="i23, i2",
    issubdtype="jnp.float32, jnp.floating",
    ix_="i2, i3",
    kaiser="3, 0.5",
    kron="f22, f22",
    ldexp="f3, i3",
    lexsort="(f3, f3)",
    linspace="0.0, 1.0, 4",
    logspace="0.0, 1.0, 4",
    matvec="f23, f3",
    meshgrid="f3, f2",
    moveaxis="f23, 0, 1",
    nan_to_num="f3",
    nonzero="f3",
    outer="f3, f2",
    packbits="i3",
    pad="f23, 1",
    partition="f3, 1",
    permute_dims="f23, (1, 0)",
    piecewise="f3, [f3 < 0.5, f3 >= 0.5], [0.0, 1.0]",
    place="f3, b3, f3, inplace=False",
    poly="f33",
    polydiv="f3, f2",
    polyfit="f3, f3, 1",
    polyval="f3, f2",
    put="f3, i2, f2, inplace=False",
    put_along_axis="f23, i23 % 2, f23, axis=0, inplace=False",
    ravel_multi_index="(i2, i2), (3, 3)",
    repeat="f23, 2, axis=1",
    reshape="f23, (3, 2)",
    resize="f23, (3, 4)",
    result_type="f3, 1.0",
    roll="f23, 1, axis=1",
    rollaxis="f23, 1",
    rot90="f23",
    searchsorted="f3, f2",
    select="[b3, b3], [f3, f3]",
    squeeze="f23[None]",
    swapaxes="f23, 0, 1",
    take="f23, i2, axis=1",
    take_along_axis="f23, i23 % 2, axis=0",
    tensordot="f23, f34, 1",
    tile="f23, (2, 1)",
    top_k="f3, 2",
    tri="3",
    tril="f23",
    triu="f23",
    trim_zeros="f3",
    unpackbits="u3",
    unravel_index="i2, (2, 3)",
    vander="f3",
    vdot="f3, f3",
    vecmat="f3, f34",
    vectorize="jnp.sum",
    unique="i3",
    unique_all="i3",
    unique_counts="i3",
    unique_inverse="i3",
    unique_values="i3",
    where="b3",
    zeros="(2, 3)",
    ones="(2, 3)",
    empty="(2, 3)",
    ufunc="jnp.add, 2, 1",
    unwrap="f3",
    nextafter="f3, f3",
    trapezoid="f23",
    nanmedian="f23",
    nanargmax="f23",
    split="f43, 2",
    max="f23",
    min="f23",
    amax="f23",
    amin="f23",
)
_same(
    "jax.numpy.linalg",
    "det slogdet inv pinv eig eigh eigvals eigvalsh cholesky matrix_rank cond trace",
    "f33",
)
_same("jax.numpy.linalg", "diagonal", "f33")
_same("jax.numpy.linalg", "qr svd svdvals norm matrix_norm vector_norm matrix_transpose", "f23")
_calls(
    "jax.numpy.linalg",
    matmul="f33, f33",
    matrix_power="f33, 2",
    multi_dot="[f23, f34, f43]",
    solve="f33, f3",
    lstsq="f43, f4",
    tensorinv="f3222.reshape(6, 2, 2)[:4].reshape(2, 2, 2, 2), 2",
    tensorsolve="f3222.reshape(6, 2, 2)[:4].reshape(2, 2, 2, 2), f22",
    tensordot="f23, f34, axes=1",
    outer="f3, f2",
    cross="f3, f3",
)
_same("jax.numpy.fft", "fft ifft rfft irfft hfft ihfft", "f4")
_same("jax.numpy.fft", "fftfreq rfftfreq", "4")

_same("jax.numpy", "array asarray asanyarray", "[f, f]")

_unary = "integer_pow bessel_i0e bessel_i1e population_count clz bitwise_not"
_same("jax.lax", "add sub mul div rem max min pow atan2 eq ne lt le gt ge nextafter igamma igammac", "f3, f3")
_same("jax.lax", "igamma_grad_a random_gamma_grad zeta polygamma complex", "f3, f3")
_same(
    "jax.lax",
    "bitwise_and bitwise_or bitwise_xor shift_left shift_right_arithmetic shift_right_logical",
    "i3, i3",
)
_same("jax.lax", "bitwise_not population_count clz", "i3")
_same("jax.lax", "conj imag real", "c3")
_same("jax.lax", "cumsum cumprod cummax cummin cumlogsumexp", "f3")
_same("jax.lax", "reduce_sum reduce_prod reduce_max reduce_min", "f23, axes=(0,)")
_same("jax.lax", "reduce_and reduce_or", "b23, axes=(0,)")
_same("jax.lax", "reduce_xor", "i23, axes=(0,)")
_same("jax.lax", "argmax argmin", "f23, 0, jnp.int32")
_same("jax.lax", "approx_max_k approx_min_k top_k", "f3, 2")
_same("jax.lax", "conv", "f1244, f1244, (1, 1), 'SAME'")
_same("jax.lax", "conv_with_general_padding", "f1244, f1244, (1, 1), 'SAME', None, None")
_calls(
    "jax.lax",
    batch_matmul="f234, f234.transpose(0, 2, 1)",
    betainc="f3, f3, f3",
    bitcast_convert_type="f3, jnp.int32",
    broadcast="f3, (2,)",
    broadcast_in_dim="f3, (2, 3), (1,)",
    broadcast_like="f3, f23",
    broadcast_shapes="(2, 1), (1, 3)",
    broadcast_to_rank="f3, 2",
    broadcasted_iota="jnp.int32, (2, 3), 0",
    clamp="0.0, f3, 1.0",
    collapse="f234, 0, 2",
    concatenate="[f3, f3], 0",
    cond="True, jnp.sin, jnp.cos, f3",
    conv_dimension_numbers="(1, 2, 4, 4), (1, 2, 4, 4), None",
    conv_general_dilated="f1244, f1244, (1, 1), 'SAME'",
    conv_general_dilated_local="f1244, jnp.ones((1, 8, 3, 3)), (1, 1), 'VALID', (2, 2)",
    conv_general_dilated_patches="f1244, (2, 2), (1, 1), 'VALID'",
    conv_transpose="jnp.ones((1, 4, 4, 2)), jnp.ones((2, 2, 2, 3)), (1, 1), 'SAME'",
    convert_element_type="f3, jnp.int32",
    dot="f23, f34",
    dot_general="f23, f34, (((1,), (0,)), ((), ()))",
    dynamic_index_in_dim="f23, 0",
    dynamic_slice="f23, (0, 0), (1, 2)",
    dynamic_slice_in_dim="f23, 0, 2, axis=1",
    dynamic_update_index_in_dim="f23, f3, 0, axis=0",
    dynamic_update_slice="f23, f22, (0, 0)",
    dynamic_update_slice_in_dim="f23, f22, 0, axis=1",
    empty="(2, 3), jnp.float32",
    erf_inv="f3",
    expand_dims="f23, (0,)",
    fft="c3, lax.FftType.FFT, (3,)",
    full="(2, 3), 0.5",
    full_like="f23, 0.5",
    gather=(
        "f23, i2[:, None], slice_sizes=(1, 3), dimension_numbers=lax.GatherDimensionNumbers("
        "offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,))"
    ),
    index_in_dim="f23, 0",
    index_take="f23, (i2,), (0,)",
    integer_pow="f3, 2",
    iota="jnp.int32, 3",
    map="jnp.sin, f3",
    mul="f3, f3",
    pad="f3, 0.0, [(1, 1, 0)]",
    polynomial="f3, f3",
    reduce="f23, 0.0, lax.add, (0,)",
    reduce_precision="f3, 5, 10",
    reduce_window="f23, 0.0, lax.add, (1, 2), (1, 1), 'SAME'",
    reshape="f23, (3, 2)",
    rev="f23, (0,)",
    rng_uniform="0.0, 1.0, (3,)",
    round="f3",
    select="b3, f3, f3",
    select_n="b3, f3, f3",
    scan="lambda c, x: (c + x, c), 0.0, f3",
    slice="f23, (0, 0), (2, 2)",
    slice_in_dim="f23, 0, 2, axis=1",
    sort="f3",
    sort_key_val="f3, f3",
    split="f23, (1, 2), axis=1",
    squeeze="f23[None], (0,)",
    stack="[f3, f3]",
    square="f3",
    switch="0, [jnp.sin, jnp.cos], f3",
    tile="f23, (2, 1)",
    transpose="f23, (1, 0)",
    while_loop="lambda c: c < 3, lambda c: c + 1, 0",
    fori_loop="0, 3, lambda i, c: c + i, 0",
    with_sharding_constraint="f3, jax.sharding.SingleDeviceSharding(jax.devices()[0])",
    associative_scan="lambda *pair: jax.tree.map(jnp.add, *pair), f3",
    optimization_barrier="f3",
    stop_gradient="f3",
    reduce_window_shape_tuple="(2, 3), (1, 2), (1, 1), ((0, 0), (0, 0))",
    ragged_dot="f23, jnp.ones((2, 3, 4)), i2",
    dce_sink="f3",
)
_same("jax.lax.linalg", "cholesky eig eigh hessenberg lu qdwh qr schur svd tridiagonal", "f33")
_calls(
    "jax.lax.linalg",
    cholesky_update="f33, f3",
    householder_product="f33, f3",
    lu_pivots_to_permutation="i3, 3",
    ormqr="f33, f3, f33",
    symmetric_product="f33, f33",
    triangular_solve="f33, f33",
    tridiagonal_solve="f3, f3, f3, f3[:, None]",
)
_calls(
    "jax.nn",
    dot_product_attention="f2234, f2234, f2234",
    glu="f34",
    one_hot="i3, 3",
    identity="f3",
    scaled_matmul="jnp.ones((1, 2, 32)), jnp.ones((1, 2, 32)), jnp.ones((1, 2, 1)), jnp.ones((1, 2, 1))",
    get_scaled_dot_general_config="'nvfp4', 1.0",
    log1mexp="f3",
)
_same("jax.nn.initializers", "ones zeros", "key, (2, 3)")
_calls("jax.nn.initializers", variance_scaling="1.0, 'fan_in', 'normal'", constant="0.5")
_same("jax.random", "uniform normal", "key, (2, 3)")
_calls(
    "jax.random",
    PRNGKey="0",
    key="0",
    Key="0",
    ball="key, 2",
    beta="key, 0.5, 0.5",
    binomial="key, 3.0, 0.5",
    bits="key, (2, 3)",
    categorical="key, f23",
    chisquare="key, 1.5",
    choice="key, f3, (2,)",
    dirichlet="key, f3",
    f="key, 1.5, 1.5",
    fold_in="key, 1",
    gamma="key, 0.5",
    generalized_normal="key, 1.5",
    geometric="key, 0.5",
    loggamma="key, 0.5",
    multinomial="key, 3.0, f3",
    multivariate_normal="key, f3, f33",
    orthogonal="key, 3",
    pareto="key, 1.5",
    permutation="key, f3",
    poisson="rawkey, 1.5",
    randint="key, (2, 3), 0, 5",
    rayleigh="key, 0.5",
    split="key, 3",
    t="key, 1.5",
    triangular="key, 0.0, 0.5, 1.0",
    truncated_normal="key, -1.0, 1.0",
    wald="key, 0.5",
    weibull_min="key, 0.5, 1.5",
    wrap_key_data="rawkey",
    key_impl="key",
    key_data="key",
    clone="key",
    key_dtype="key",
)
_same("jax.ops", "segment_sum segment_prod segment_max segment_min", "f3, i3")
_calls(
    "jax.image",
    resize="f23, (4, 6), 'linear'",
    scale_and_translate="f23, (4, 6), (0, 1), f2, f2, 'linear'",
)
_calls(
    "jax.dtypes",
    finfo="jnp.float32",
    iinfo="jnp.int32",
    issubdtype="jnp.float32, jnp.floating",
    result_type="f3, 1.0",
    canonicalize_dtype="float",
    scalar_type_of="1.0",
    itemsize_bits="jnp.float32",
)
_same("jax.tree", "leaves structure flatten leaves_with_path flatten_with_path all", "{'w': f3, 'b': f}")
_same(
    "jax.tree_util",
    "tree_leaves tree_structure tree_flatten tree_leaves_with_path tree_flatten_with_path tree_all",
    "{'w': f3, 'b': f}",
)
_same("jax.tree", "map", "jnp.sin, {'w': f3, 'b': f}")
_same("jax.tree", "reduce", "jnp.add, [f3, f3]")
_same("jax.tree_util", "tree_map", "jnp.sin, {'w': f3, 'b': f}")
_same("jax.tree_util", "tree_reduce", "jnp.add, [f3, f3]")
_calls("jax.tree", unflatten="jax.tree.structure([1, 2]), [f3, f3]", broadcast="0, [f3, f3]")
_calls("jax.tree_util", tree_unflatten="jax.tree.structure([1, 2]), [f3, f3]", tree_broadcast="0, [f3, f3]")
_calls(
    "jax",
    device_put="f3",
    device_get="f3",
    block_until_ready="f3",
    copy_to_host_async="f3",
    ShapeDtypeStruct="(2, 3), jnp.float32",
    ds="0, 3",
    named_scope="'name'",
    typeof="f3",
)
_positive = "gammaln gamma digamma factorial i0 i0e i1 i1e expi exp1 ndtr log_ndtr erf erfc erfcx dawsn"
_same(
    "jax.scipy.special",
    f"{_positive} erfinv ndtri logit expit entr loggamma gammasgn spence sici fresnel wofz",
    "f3",
)
_same(
    "jax.scipy.special",
    "beta betaln gammainc gammaincc xlogy xlog1py kl_div rel_entr zeta owens_t poch",
    "f3, f3",
)
_same("jax.scipy.special", "boxcox boxcox1p comb", "f3, f3")
_same("jax.scipy.special", "logsumexp softmax log_softmax", "f23")
_calls(
    "jax.scipy.special",
    bernoulli="3",
    bessel_jn="f3, v=2",
    betainc="f3, f3, f3",
    erfcinv="f3",
    expn="2, f3",
    hyp1f1="f3, f3, f3",
    hyp2f1="f3, f3, f3, f3",
    multigammaln="f3 + 3, 2",
    polygamma="1, f3",
    sph_harm_y="i1, i1, f1, f1, n_max=2",
)
_square = "cho_factor cholesky det eigh expm hessenberg inv lu lu_factor qr schur sqrtm svd polar"
_same("jax.scipy.linalg", _square, "f33")
_same("jax.scipy.linalg", "dft hadamard helmert hilbert invhilbert invpascal pascal", "4")
_same("jax.scipy.linalg", "circulant fiedler fiedler_companion companion hankel toeplitz", "f3")
_same("jax.scipy.linalg", "solve solve_triangular", "f33, f3")
_calls(
    "jax.scipy.linalg",
    block_diag="f22, f33",
    cho_solve="(f33, False), f3",
    convolution_matrix="f3, 4",
    eigh_tridiagonal="f3, f2, eigvals_only=True",
    expm_frechet="f33, f33",
    funm="f33, jnp.sin",
    leslie="f3, f2",
    lu_solve="(f33, i3), f3",
    rsf2csf="f33, f33",
    solve_sylvester="f33, f33, f33",
    qr_multiply="f33, f33",
)
_same("jax.scipy.signal", "convolve2d correlate2d", "f33, f22")
_same("jax.scipy.signal", "detrend stft welch", "f8")
_calls("jax.scipy.signal", csd="f8, f8", istft="c33")
_same("jax.scipy.fft", "dct idct", "f4")
_calls("jax.scipy.ndimage", map_coordinates="f23, [f3, f3], 1")
_calls("jax.scipy.optimize", minimize="lambda x: jnp.sum(x**2), f3, method='BFGS'")
_calls("jax.scipy.interpolate", RegularGridInterpolator="(f2, f3), f23")
_calls("jax.scipy.integrate", trapezoid="f3")
_calls("jax.scipy.cluster.vq", vq="f23, f33")
_same("jax.scipy.sparse.linalg", "bicgstab cg gmres", "lambda v: jax.tree.map(lambda x: f33 @ x, v), f3")
_same("jax.scipy.stats", "mode rankdata sem", "f3")
_calls("jax.scipy.stats", gaussian_kde="f8")

PARAMETERS["self"] = "f23"
_same("jax.Array", "trace diagonal", "f33")
_calls(
    "jax.Array",
    astype="f23, jnp.int32",
    choose="i3, [f3, f3]",
    compress="f3, b3",
    dot="f23, f34",
    item="f",
    reshape="f23, 3, 2",
    searchsorted="f3, f2",
    take="f23, i2, axis=1",
    transpose="f23, 1, 0",
    argpartition="f3, 1",
    repeat="f23, 2, axis=1",
    swapaxes="f23, 0, 1",
    squeeze="f23[None]",
    view="f23, jnp.int32",
    addressable_data="f3, 0",
    to_device="f3, jax.devices()[0]",
)
_calls(
    "numpy",
    copyto="f3, f3",
    put="f3, i2, f2",
    place="f3, b3, f3",
    putmask="f3, b3, f3",
    fill_diagonal="f33, 0.5",
    put_along_axis="f23, i23 % 2, f23, 0",
    where="b3, f3, f3",
    array="f3",
    asarray="f3",
    asanyarray="f3",
    ascontiguousarray="f3",
    zeros="np.array(3)",
    ones="np.array(3)",
    empty="np.array(3)",
    full="(3,), f",
    arange="np.array(3)",
    linspace="f, f, 4",
    eye="np.array(3)",
    interp="f3, f3, f3",
    einsum="'ij,jk->ik', f23, f34",
    require="f3",
    lexsort="(f3, f3)",
    nditer="f3",
    ndenumerate="f3",
    piecewise="f3, [f3 < 0.5, f3 >= 0.5], [0.0, 1.0]",
    result_type="f3, f3",
    can_cast="f3.dtype, f3.dtype",
    apply_along_axis="np.sum, 0, f23",
    vectorize="np.sin",
    fromiter="f3, float",
    broadcast_to="f3, (2, 3)",
    expand_dims="f23, 0",
    trim_zeros="f3",
    array_split="f43, 2",
    unravel_index="i2, (2, 3)",
    ravel_multi_index="(i2, i2), (3, 3)",
    pad="f23, 1",
    repeat="f23, i2, 0",
    tile="f23, 2",
    reshape="f23, (3, 2)",
)
_calls(
    "numpy.ufunc",
    at="f3, i2, f2",
    reduce="f3",
    accumulate="f3",
    outer="f3, f2",
    reduceat="f3, i2",
)

MORE_CALLS: dict[str, str] = {
    "jax.numpy.where": "b3, f3, f3",
    "jax.numpy.piecewise": "f3, [f3 < 0.5, f3 >= 0.5], [f, f]",
    "jax.numpy.clip": "f3, 0.0, 1.0",
    "jax.numpy.arange": "0.0, 1.0, 0.5",
}
"""Second calls of functions whose other arguments are also asked whether they take lists."""
