"""Whatever the bytes, the files or the program: diagnostics or a clear message, and nothing is lost.

Nothing here looks at a clock, but a test whose analysis does not end is stopped and fails.
"""

from __future__ import annotations

import ast
import errno
import json
import os
import re
import subprocess
import sys
import sysconfig
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import fixtures, hostile
from support.hostile import CANARY, CANARY_CODE, CANARY_ROW

from jaxlint.config import Config
from jaxlint.engine import Result, check_source, run, run_projects
from jaxlint.files import Project

FUZZ = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The same examples in every run, however slow the machine."""

BIRD = (CANARY_ROW, CANARY_CODE)

LIMITS = {
    "the file cannot be parsed: it is nested too deeply",
    "the file cannot be parsed: the parser cannot read it, though Python can",
}
"""Why a text may be refused that is good enough for Python."""

WHOLE = "JAXLINT_TEST_WHOLE_STDLIB"
"""Environment variable that asks for all of the standard library, which takes minutes."""


def lint(text: str) -> Result:
    """Analyse one text that is not on disk, with nothing around it."""
    file = Path("fuzzed").absolute() / "program.py"
    return run_projects([Project(file.parent, Config(), (file,), frozenset({file}), {file: text})])


def codes(result: Result) -> dict[str, list[tuple[int, str]]]:
    """Row and code of what was found, by the name of the file."""
    found: dict[str, list[tuple[int, str]]] = {}
    for diagnostic in result.diagnostics:
        found.setdefault(diagnostic.span.path.name, []).append((diagnostic.span.start.row, diagnostic.code))
    return found


def is_python(text: str) -> bool:
    """Whether this Python can parse ``text``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def refusals(result: Result) -> list[str]:
    """The messages of JAX001."""
    return [diagnostic.message for diagnostic in result.diagnostics if diagnostic.code == "JAX001"]


@pytest.fixture(scope="module")
def analyst() -> Iterator[hostile.Analyst]:
    """One process for all programs; another one after each that ends it or never ends."""
    analyst = hostile.Analyst()
    yield analyst
    analyst.close()


@pytest.mark.parametrize("name", hostile.PROGRAMS)
def test_hostile_programs(analyst: hostile.Analyst, name: str) -> None:
    """Of a deep, long, growing or twisted program the analysis ends, and finds what is beside the trouble."""
    program = hostile.PROGRAMS[name]

    outcome = analyst(program)

    assert outcome is not None, "the analysis did not end, or it ended its process"
    assert outcome.failures == ()
    assert outcome.files == 2
    assert ("beside.py", *BIRD) in outcome.found
    if not outcome.refusals:
        assert ("program.py", *BIRD) in outcome.found
    elif is_python(CANARY + program):
        assert set(outcome.refusals) <= LIMITS


# --- random texts ------------------------------------------------------------------------------------


def one_by_one(text: str) -> list[str]:
    """Split a text into its words."""
    return text.split()


LAYOUT = ["\n", "\n\n", "\n    ", ":\n    ", "    ", " ", "\t", "\f", "\r", "\\\n", "\0", "\ud800"]

WORDS = [
    *LAYOUT,
    *one_by_one(
        """
        ( ) [ ] { } : , ; . = == + - * ** / % @ -> := < > ' " ''' # ~ ... _ 0 1 1e9 f' f" é @jax.jit
        if else elif while for in def class return yield lambda try except finally with as import from
        not and or is None True await async match case global nonlocal del assert raise pass break
        x f jnp jax self range print len list x.shape x.at[0].set(1) jnp.zeros(3) jax.lax.scan f(x) x[0]
        """
    ),
]

SOURCES = [
    path.read_text(encoding="utf-8")
    for family in ("arrays", "control_flow", "shapes", "values", "quiet")
    for path in sorted((fixtures.FOLDER / family).glob("*.py"))[::6]
]


@FUZZ
@given(data=st.binary(max_size=200))
def test_random_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """A file of any bytes is analysed or refused with a reason."""
    folder = tmp_path_factory.getbasetemp() / "bytes"
    folder.mkdir(exist_ok=True)
    (folder / "any.py").write_bytes(data)

    result = run([folder / "any.py"], isolated=True)

    assert result.errors == ()
    assert result.statistics.files == 1


@FUZZ
@given(text=st.text(max_size=200))
def test_random_text(text: str) -> None:
    """A text of any characters is analysed, or refused if Python refuses it as well."""
    result = lint(f"import jax\n{text}")

    assert result.errors == ()
    assert not (refusals(result) and is_python(f"import jax\n{text}"))


@settings(FUZZ, max_examples=150)
@given(words=st.lists(st.sampled_from(WORDS), max_size=25))
def test_random_words(words: list[str]) -> None:
    """A salad of Python's words is analysed, or refused if Python refuses it as well."""
    text = CANARY + " ".join(words)

    result = lint(text)

    assert result.errors == ()
    assert bool(refusals(result)) or BIRD in codes(result)["program.py"]
    assert not (refusals(result) and is_python(text))


def pieces(text: str, pattern: str) -> list[str]:
    """Cut a text into pieces, such as lines or words, of which nothing is left out."""
    return re.findall(pattern, text, re.DOTALL)


LINES, TOKENS = r"[^\n]*\n|[^\n]+", r"\w+|[ \t]+|."


@st.composite
def mutated_sources(draw: st.DrawFn) -> str:
    """A program of the fixtures after some lines or words were deleted, doubled, swapped or replaced."""
    text = draw(st.sampled_from(SOURCES))
    for pattern in draw(st.lists(st.sampled_from([LINES, TOKENS, TOKENS]), min_size=1, max_size=6)):
        parts = pieces(text, pattern)
        first, second = (draw(st.integers(0, max(len(parts) - 1, 0))) for _ in range(2))
        mutation = draw(st.sampled_from(["delete", "double", "swap", "replace", "cut"]))
        text = "".join(mutate(parts, mutation, first, second))
    return text


def mutate(parts: Sequence[str], mutation: str, first: int, second: int) -> list[str]:
    """Change a list of pieces in one of the ways that slips of the hand do."""
    changed = list(parts)
    if not changed:
        return changed
    if mutation == "delete":
        del changed[first]
    elif mutation == "double":
        changed.insert(second, changed[first])
    elif mutation == "swap":
        changed[first], changed[second] = changed[second], changed[first]
    elif mutation == "replace":
        changed[first] = changed[second]
    else:
        del changed[first:]
    return changed


@settings(FUZZ, max_examples=150)
@given(text=mutated_sources())
def test_mutated_sources(text: str) -> None:
    """A program with slips of the hand is analysed, or refused if Python refuses it as well."""
    result = lint(text)

    assert result.errors == ()
    assert not (refusals(result) and is_python(text))


ARGUMENTS = one_by_one(
    """
    1 -1 10**30 1e400 0.5 None True 'a' () [] {} (2,-1,-1) (1,(2,3)) [[1],[2,3]] ((((z,),),),) 'ij,jk->'
    x z o e k t *x **x *t [z,o] jnp int print g C C() lambda:0 (lambda*a,**k:a) f jax.jit
    axis=99 axis='a' axis=(0,0) axis=x axis=-9 size=-1 dtype='nope' dtype=5 shape=(-1,) length=x
    static_argnums=9 static_argnames=(1,) in_axes=(0,1,2) argnums=(9,-9) has_aux=x
    """
)

INDICES = one_by_one("1 -1 10**30 1e400 None True 'a' () [] x t : ::0 5:1:-1 ... z>0 [1,9] x: k,5 o e")

FUNCTIONS = one_by_one(
    """
    jnp.zeros jnp.ones jnp.full jnp.arange jnp.linspace jnp.eye jnp.array jnp.asarray jnp.reshape jnp.ravel
    jnp.transpose jnp.sum jnp.mean jnp.max jnp.argmax jnp.cumsum jnp.concatenate jnp.stack jnp.vstack
    jnp.split jnp.where jnp.take jnp.tile jnp.repeat
    jnp.pad jnp.squeeze jnp.expand_dims jnp.moveaxis jnp.swapaxes
    jnp.broadcast_to jnp.einsum jnp.dot jnp.matmul jnp.tensordot jnp.nonzero jnp.unique jnp.sort jnp.roll
    jnp.vectorize jnp.diag jax.jit jax.vmap jax.grad jax.value_and_grad jax.checkpoint jax.eval_shape jax.vjp
    jax.jvp jax.linearize jax.lax.scan jax.lax.cond jax.lax.switch jax.lax.while_loop jax.lax.fori_loop
    jax.lax.map jax.lax.associative_scan jax.lax.select jax.lax.dynamic_slice jax.lax.dynamic_update_slice
    jax.lax.broadcast jax.lax.conv jax.lax.reduce jax.random.split jax.random.normal jax.random.choice
    jax.random.permutation jax.random.fold_in jax.nn.one_hot jax.nn.softmax jax.tree.map jax.tree.leaves
    jax.ops.segment_sum np.where np.zeros np.stack np.expand_dims np.linalg.norm range len isinstance getattr
    max sorted zip enumerate float str tuple dict sum map reversed slice partial itertools.product math.sqrt
    z.reshape z.at[0].set z.sum z.astype t.index d.get 'a'.join
    """
)

CALLS = """\
import itertools, math
from functools import partial
import numpy as np
import jax
import jax.numpy as jnp

class C: pass
def g(*a, **k): return a
z = jnp.ones((2, 3)); o = jnp.ones(3); e = jnp.zeros((0, 4))
k = jax.random.key(0); t = (z, 1); d = {{"a": z}}

@jax.jit
def f(x):
    {0}
    return x

{0}
y = z[{1}]
"""


@settings(FUZZ, max_examples=150)
@given(
    function=st.sampled_from(FUNCTIONS),
    arguments=st.lists(st.sampled_from(ARGUMENTS), max_size=4),
    then=st.sampled_from(["", "(x)", "[0]", "[x, ..., -9]", ".shape[9]", " + z", "(z, z)(1)"]),
    indices=st.lists(st.sampled_from(INDICES), min_size=1),
)
def test_calls_with_odd_arguments(function: str, arguments: list[str], then: str, indices: list[str]) -> None:
    """What JAX would refuse at once does not trouble the analysis."""
    result = lint(CALLS.format(f"r = {function}({', '.join(arguments)}){then}", ", ".join(indices)))

    assert result.errors == ()


# --- files -------------------------------------------------------------------------------------------

REFUSED = (1, "JAX001")

ENCODED: dict[str, tuple[bytes, tuple[int, str]]] = {
    "utf-16 with a mark": (CANARY.encode("utf-16"), REFUSED),
    "utf-32 with a mark": (CANARY.encode("utf-32"), REFUSED),
    "utf-8 with a mark": (CANARY.encode("utf-8-sig"), BIRD),
    "latin-1": (f"# é\n{CANARY}".encode("latin-1"), REFUSED),
    "latin-1 that says so": (
        f"# coding: latin-1\n# é\n{CANARY}".encode("latin-1"),
        (CANARY_ROW + 2, CANARY_CODE),
    ),
    "shift-jis": (
        f"# coding: shift_jis\nx = '表'\n{CANARY}".encode("shift_jis"),
        (CANARY_ROW + 2, CANARY_CODE),
    ),
    "utf-7": (f"# coding: utf-7\n{CANARY}".encode("utf-7"), (CANARY_ROW + 1, CANARY_CODE)),
    "an unknown cookie": (f"# coding: klingon\n{CANARY}".encode(), REFUSED),
    "a cookie of the wrong kind": (f"# coding: rot13\n{CANARY}".encode(), REFUSED),
    "an undefined cookie": (f"# coding: undefined\n{CANARY}".encode(), REFUSED),
    "a long cookie": (f"# coding: {'a' * 5000}\n{CANARY}".encode(), REFUSED),
    "a cookie against the mark": (f"\ufeff# coding: latin-1\n{CANARY}".encode(), REFUSED),
    "half a surrogate pair": (
        f"# coding: raw_unicode_escape\nx = '\\ud800'\n{CANARY}".encode(),
        (2, "JAX001"),
    ),
    "carriage returns": (CANARY.replace("\n", "\r").encode(), BIRD),
    "form feeds": (CANARY.replace("\n", "\n\f").encode(), BIRD),
    "the old end of files": (CANARY.encode() + b"\x1a", (9, "JAX001")),
    "a null byte": (CANARY.encode() + b"\0", (9, "JAX001")),
    "null bytes": (b"\0" * 1000, REFUSED),
}


@pytest.mark.parametrize("name", ENCODED)
def test_encodings(tmp_path: Path, name: str) -> None:
    """A file is read as Python reads it, and one that Python cannot read is refused, in each format."""
    data, found = ENCODED[name]
    path = tmp_path / "encoded.py"
    path.write_bytes(data)

    result = run([path], isolated=True)

    assert result.errors == ()
    assert codes(result)["encoded.py"] == [found]
    for diagnostic in result.diagnostics:
        assert result.noqa_row(diagnostic) >= 1


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n", b"# jax\n", b"\f", b"   ", b'"""jax"""', b"#"])
def test_files_with_nothing_to_find(tmp_path: Path, data: bytes) -> None:
    """A file without code is no trouble."""
    (tmp_path / "empty.py").write_bytes(data)

    result = run([tmp_path], isolated=True)

    assert (result.errors, result.diagnostics, result.statistics.files) == ((), (), 1)


NAMES = ["a-b.py", "1.py", ".py", "..py", "é.py", " .py", "a.b.py", "__init__.py", "__main__.py", "class.py"]
NAMES += [
    "\n.py",
    "'\".py",
    "%s{x}.py",
    "-.py",
    "[a].py",
    "😀.py",
    "jax.py",
    "builtins.py",
    f"{'a' * 200}.py",
]


def test_names_of_files(tmp_path: Path) -> None:
    """Each file is analysed, whatever its name, and the command can print the name in each format."""
    names = [*NAMES, os.fsdecode(b"\xff.py")] if sys.platform == "linux" else NAMES[:10]
    (tmp_path / "pyproject.toml").touch()
    for name in names:
        (tmp_path / name).write_text(CANARY)

    result = run([tmp_path])

    assert result.errors == ()
    assert codes(result) == {name: [BIRD] for name in names}
    for style in ("full", "json"):
        done = subprocess.run(
            [sys.executable, "-m", "jaxlint", "--output-format", style, str(tmp_path)],
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (1, b"")
        assert style != "json" or len(json.loads(done.stdout)) == len(names)


class TestFolders:
    """Things in a folder that are called ``something.py``."""

    @pytest.fixture(autouse=True)
    def project(self, tmp_path: Path) -> None:
        """Make a project whose main file imports whatever there may be."""
        (tmp_path / "pyproject.toml").touch()
        (tmp_path / "main.py").write_text(
            f"{CANARY}import x, y, x.y, y.x, p.up.up\nfrom x import *\nfrom y import a\n"
        )

    def test_folder(self, tmp_path: Path) -> None:
        """A folder is no module."""
        (tmp_path / "x.py").mkdir()
        (tmp_path / "x.py" / "y.py").write_text(CANARY)

        result = run([tmp_path])

        assert (result.errors, codes(result)) == ((), {"main.py": [BIRD], "y.py": [BIRD]})

    def test_links(self, tmp_path: Path) -> None:
        """Links in a circle, to nothing or to a folder above lead nowhere."""
        links = {"x.py": "y.py", "y.py": "x.py", "z.py": "z.py", "dead.py": "nowhere", "p/up": ".."}
        (tmp_path / "p").mkdir()
        for name, target in links.items():
            (tmp_path / name).symlink_to(target)

        result = run([tmp_path])

        assert (result.errors, codes(result)) == ((), {"main.py": [BIRD]})

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
    def test_pipe(self, tmp_path: Path) -> None:
        """A pipe is not waited for."""
        os.mkfifo(tmp_path / "x.py")

        result = run([tmp_path])

        assert (result.errors, codes(result)) == ((), {"main.py": [BIRD]})

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ENOENT])
    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        """A file that cannot be read, or is gone when it is its turn, is refused; the others go on."""
        (tmp_path / "x.py").write_text(CANARY)
        read = Path.read_bytes

        def refuse(path: Path) -> bytes:
            if path.name == "x.py":
                raise OSError(number, os.strerror(number))
            return read(path)

        monkeypatch.setattr(Path, "read_bytes", refuse)

        result = run([tmp_path])

        assert (result.errors, codes(result)) == ((), {"main.py": [BIRD], "x.py": [REFUSED]})
        assert os.strerror(number) in refusals(result)[0]


USE = "import jax\njax.jit(f)(1.0)\n"

PROJECTS: dict[str, dict[str, str]] = {
    "in a circle": {
        "a.py": f"from b import *\nfrom b import f as g, z\nimport a\nfrom a import f, a\n{USE}",
        "b.py": f"from a import *\nfrom c import *\n{USE}__all__ = ['f', 'nothing', 3]\n__all__ += x\n",
        "c.py": f"from a import *\nfrom b import *\nfrom c import *\n{USE}",
    },
    "of itself": {
        "a.py": "import a\nfrom a import a, f\na.a.a = a\nfrom a import *\nimport jax\njax.jit(a.f)(a)\n"
    },
    "of a module that cannot be parsed": {
        "a.py": "from b import *\nimport b\nfrom b import f\nclass C(b.C): pass\n@b.d\ndef g(x): pass\n"
        f"{USE}",
        "b.py": "def f(:\n",
    },
    "of a module that cannot be decoded": {"a.py": f"from b import f\n{USE}", "b.py": "# coding: klingon\n"},
    "of a package in itself": {
        "p/__init__.py": "from .p import *\nfrom . import p, __init__\nfrom p import p as q\n",
        "p/p.py": "from . import *\nfrom .. import x\nfrom .p import p\nimport p.p.p\n",
    },
    "of what bears the name of JAX": {
        "jax/__init__.py": "from jax.numpy import *\nfrom . import numpy\ndef jit(f): return f\n",
        "jax/numpy.py": "from . import jit\nimport jax.numpy as jnp\n",
        "a.py": "import jax\njax.jit(jax.numpy.jnp.jnp)\n",
    },
    "in a long chain": {
        **{f"m{i}.py": f"from m{i + 1} import *\nfrom m{i + 1} import f\n{USE}" for i in range(100)},
        "m100.py": "def f(x): return x\n",
    },
    "that branch out": {
        f"m{i}.py": f"from m{(i + 1) % 40} import *\nfrom m{(i + 2) % 40} import *\n"
        f"from m{i * 7 % 40} import *\n{USE}"
        for i in range(40)
    },
    "from far up": {
        "/".join(["p"] * depth) + "/__init__.py": f"from .p import f\nfrom {'.' * depth * 2}p import p\n"
        for depth in range(1, 40)
    },
}


@pytest.mark.parametrize("name", PROJECTS)
def test_imports(tmp_path: Path, name: str) -> None:
    """Imports in a circle, of nothing, of what is broken: the file beside is analysed all the same."""
    (tmp_path / "pyproject.toml").touch()
    for path, text in {**PROJECTS[name], "beside.py": CANARY}.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    result = run([tmp_path])

    assert result.errors == ()
    assert result.statistics.files == len(PROJECTS[name]) + 1
    if "bears the name" not in name:
        assert codes(result)["beside.py"] == [BIRD]


# --- the standard library ----------------------------------------------------------------------------


def standard_library() -> list[Path]:
    """All modules that come with this Python, the tests of Python among them."""
    root = Path(sysconfig.get_path("stdlib"))
    return sorted(path for path in root.rglob("*.py") if "site-packages" not in path.parts)


def all_traced(text: str) -> str:
    """A module with every function of it given to ``jax.jit``, so that all of it is traced code."""
    names: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names.append(node.name)
        elif isinstance(node, ast.ClassDef):
            names += [f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)]
    return text + "\nimport jax\n" + "".join(f"jax.jit({name})\n" for name in names)


def check_library(paths: Sequence[Path], change: Callable[[str], str]) -> None:
    """Analyse modules that Python can parse: each is analysed, none is refused, nothing fails."""
    texts = {}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if is_python(text):
            texts[path] = change(text)
    files = tuple(texts)

    result = run_projects([Project(files[0].parent, Config(), files, frozenset(files), texts)])

    assert result.errors == ()
    assert refusals(result) == []
    assert result.statistics.files == len(files) > 0


def test_some_of_the_standard_library() -> None:
    """A sample of Python's own modules is analysed as traced code without an internal error."""
    check_library(standard_library()[7::90], all_traced)


@pytest.mark.skipif(WHOLE not in os.environ, reason=f"it takes minutes: set {WHOLE}=1 to run it")
def test_all_of_the_standard_library() -> None:
    """All of Python's own modules are analysed as traced code without an internal error."""
    check_library(standard_library(), all_traced)


def test_the_standard_library_as_it_is() -> None:
    """Python's own modules, which name no JAX, are found to be in order."""
    check_library(standard_library()[::15], str)


@pytest.mark.parametrize(
    "expression", ["jnp.sin(x) ** 10**9", "x + 10**400", "jnp.clip(x, 0.0, 1e200) ** 4", "x * -(10**400)"]
)
def test_numbers_beyond_floats(expression: str) -> None:
    """Constants that no float holds, and powers that overflow, are no failure."""
    text = f"import jax.numpy as jnp\nx = jnp.arange(3.0)\ny = ({expression}).astype(jnp.uint8)\n"

    assert {diagnostic.code for diagnostic in check_source(text)} <= {"JAX805", "JAX807"}
