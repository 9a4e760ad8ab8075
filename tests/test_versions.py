"""What left JAX: the table against the installed one, the version that a project targets, and guards."""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from pathlib import Path
from typing import Any

import pytest

from jaxlint import check_paths, check_source
from jaxlint.config import Config
from jaxlint.knowledge.tables import load_table
from jaxlint.knowledge.versions import NEWEST, Bound, Change, Part, changes, parse_version
from jaxlint.requirements import LIBRARIES as REQUIRED
from jaxlint.requirements import required, upper_bound

CHANGES = list(changes().values())
KEPT_PARAMETERS = {"kind"}
"""Parameters that are still there and raise; fixtures show it."""


def of(*parts: Part) -> list[Change]:
    """The changes of some parts of the table."""
    return [change for change in CHANGES if change.part in parts]


def look_up(dotted: str) -> Any:
    """The object of that name; AttributeError or ImportError where there is none."""
    words = dotted.split(".")
    for end in range(len(words), 0, -1):
        try:
            found = importlib.import_module(".".join(words[:end]))
        except ImportError:
            continue
        for word in words[end:]:
            found = getattr(found, word)
        return found
    raise ImportError(dotted)


def exists(dotted: str) -> bool:
    """Whether the installed libraries have a name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            look_up(dotted)
    except (AttributeError, ImportError, NotImplementedError):
        return False
    return True


def installed(library: str) -> Any:
    """The version of a library, as numbers; the test is skipped where it is not installed."""
    module = pytest.importorskip(library)
    return parse_version(module.__version__)


# --- the table -----------------------------------------------------------------------------------


def test_each_thing_is_listed_once() -> None:
    """Two rows for one name would contradict each other."""
    words = [
        (part, row.get("module", ""), row.get("functions", ""), word)
        for part, rows in load_table("versions").items()
        for row in rows
        for word in row["names"].split()
    ]
    assert len(set(words)) == len(words)


def test_deprecation_comes_before_removal() -> None:
    """Versions are numbers, and something happens in at least one of them."""
    for change in CHANGES:
        dates = [parse_version(text) for text in (change.deprecated, change.removed) if text]
        assert dates, change
        assert dates == sorted(set(dates)), change


LIBRARIES = ("jax", "flax", "optax", "haiku")


def test_libraries_are_those_whose_versions_are_read() -> None:
    """The table speaks of no package whose version no requirement tells, and of each that one does."""
    assert {change.library for change in CHANGES} == set(LIBRARIES) == set(REQUIRED.values())


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("part", [Part.NAME, Part.MODULE])
def test_what_is_removed_is_gone_and_what_is_deprecated_is_there(part: Part, library: str) -> None:
    """The installed libraries have exactly what the table says that they have."""
    version = installed(library)
    wrong = []
    for change in of(part):
        if change.only_imported or change.library != library:
            continue
        is_gone = change.removed is not None and parse_version(change.removed) <= version
        if exists(change.name) is is_gone:
            wrong.append(change.name)
    assert wrong == []


def test_a_module_that_is_an_object_now_cannot_be_imported() -> None:
    """``jax.config`` is there, and is no module."""
    pytest.importorskip("jax")
    for change in of(Part.MODULE):
        if change.only_imported:
            assert exists(change.name)
            with pytest.raises(ImportError):
                importlib.import_module(change.name)


@pytest.mark.parametrize("library", LIBRARIES)
def test_replacements_exist(library: str) -> None:
    """What the help says to write can be written."""
    pytest.importorskip(library)
    names = {
        name
        for change in CHANGES
        for name in re.findall(rf"\b(?:jax|{library})(?:\.[A-Za-z_]\w*)+", change.use or "")
        if change.library == library
    }
    assert [name for name in sorted(names) if not exists(name)] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", LIBRARIES)
def test_arguments_are_gone(library: str) -> None:
    """The functions that are named do not take the arguments any more, or still do where they should."""
    jax = pytest.importorskip("jax")
    pytest.importorskip(library)
    wrong = []
    for change in of(Part.ARGUMENT):
        if change.library != library:
            continue
        function, _, argument = change.name.removesuffix("=)").partition("(")
        target = getattr(jax.numpy.ones(1), function[10:]) if "jax.Array." in function else look_up(function)
        parameter = inspect.signature(target).parameters.get(argument)
        takes = parameter is not None and parameter.kind is not parameter.POSITIONAL_ONLY
        is_gone = change.removed is not None and argument not in KEPT_PARAMETERS
        if takes is is_gone:
            wrong.append(change.name)
    assert wrong == []


def test_attributes_of_arrays_are_gone() -> None:
    """An array has none of the listed attributes; those that must not be called cannot be."""
    jax = pytest.importorskip("jax")
    x = jax.numpy.ones(2)
    for change in of(Part.METHOD):
        name = change.name.rpartition(".")[2]
        assert not callable(x.device) if change.called else not hasattr(x, name)


def test_options_are_gone() -> None:
    """The configuration does not know the listed options."""
    jax = pytest.importorskip("jax")
    for change in of(Part.OPTION):
        with pytest.raises(AttributeError):
            jax.config.update(change.name.removeprefix("option "), True)


# --- versions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clauses", "reached", "beyond"),
    [
        ("==0.4.30", "0.4.30", "0.4.31"),
        ("==0.4.13+cuda12.cudnn89", "0.4.13", "0.4.14"),
        ("<0.5", "0.4.99", "0.5.0"),
        ("<=0.4.30", "0.4.30", "0.4.31"),
        (">=0.4, <0.6", "0.5.3", "0.6.0"),
        ("~=0.4.1", "0.4.38", "0.5.0"),
        ("==0.4.*", "0.4.38", "0.5.0"),
        ("^0.4.1", "0.4.38", "0.5.0"),
        ("^1.2", "1.9.0", "2.0.0"),
        ("~0.4.1", "0.4.38", "0.5.0"),
        ("=0.4", "0.4.38", "0.5.0"),
        ("0.4.30", "0.4.30", "0.4.31"),
        ("(>=0.3,<0.4.7)", "0.4.6", "0.4.7"),
    ],
)
def test_upper_bounds(clauses: str, reached: str, beyond: str) -> None:
    """Every way of writing a requirement bounds the version from above."""
    bound = upper_bound(clauses)
    assert bound.reaches(reached)
    assert not bound.reaches(beyond)


@pytest.mark.parametrize("clauses", ["", ">=0.4.30", ">0.4", "!=0.4.36", "*", ">=0.3,!=0.5.1"])
def test_no_upper_bound(clauses: str) -> None:
    """A lower bound says nothing of what may be gone."""
    assert upper_bound(clauses) == NEWEST


FILES = {
    "pyproject.toml": '[project]\nname = "p"\ndependencies = ["numpy", "jax[cuda12]<0.4.31"]\n',
    "requirements.txt": "numpy\njax==0.4.30  # pinned\njaxlib==0.4.30\n",
    "requirements/base.txt": "jax >= 0.4.1, <= 0.4.30\n",
    "setup.cfg": "[options]\ninstall_requires =\n    numpy\n    jax<0.4.31\n",
    "setup.py": "from setuptools import setup\nsetup(install_requires=['numpy', 'jax<=0.4.30'])\n",
    "environment.yml": "name: p\ndependencies:\n  - python=3.11\n  - jax=0.4.30\n",
    "uv.lock": '[[package]]\nname = "jax"\nversion = "0.4.30"\n',
    "poetry.lock": '[[package]]\nname = "jax"\nversion = "0.4.30"\n[[package]]\nname = "numpy"\n',
    "Pipfile": '[packages]\njax = "==0.4.30"\n',
    "Pipfile.lock": '{"default": {"jax": {"version": "==0.4.30"}}}',
}
OPTIONAL = {
    "extras": '[project.optional-dependencies]\ngpu = ["jax<=0.4.30"]\n',
    "groups": '[dependency-groups]\ndev = ["jax==0.4.30", {include-group = "x"}]\n',
    "poetry": '[tool.poetry.dependencies]\njax = {version = "<0.4.31", extras = ["cuda"]}\n',
    "pixi": '[tool.pixi.dependencies]\njax = "<0.4.31"\n',
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_bound_the_version(name: str, tmp_path: Path) -> None:
    """Requirements are read wherever projects keep them."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(FILES[name])
    bound = required(tmp_path)["jax"]
    assert bound.reaches("0.4.30")
    assert not bound.reaches("0.4.31")


@pytest.mark.parametrize("name", OPTIONAL)
def test_tables_that_bound_the_version(name: str, tmp_path: Path) -> None:
    """Optional groups and the tables of other tools count as well."""
    (tmp_path / "pyproject.toml").write_text(OPTIONAL[name])
    assert not required(tmp_path)["jax"].reaches("0.4.31")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "this is no [toml"),
        ("setup.py", "def ("),
        ("setup.cfg", "no section"),
        ("Pipfile.lock", "[1, 2"),
        ("Pipfile.lock", "[1, 2]"),
        ("uv.lock", "package = 3\n"),
        ("requirements.txt", "jax\n-r other.txt\njaxtyping==0.2\n# jax==0.3\njax-md==0.1\n"),
        ("requirements.txt", "jax==0.4.1; python_version < '3.9'\njax>=0.6; python_version >= '3.9'\n"),
        ("pyproject.toml", '[project]\ndependencies = ["jax>=0.4.1"]\n'),
    ],
)
def test_files_that_say_nothing(name: str, text: str, tmp_path: Path) -> None:
    """Broken files, lower bounds, other packages and bounds for some platforms do not bound the version."""
    (tmp_path / name).write_text(text)
    assert "jax" not in required(tmp_path)


def test_the_strictest_file_wins() -> None:
    """Where two bounds speak, both hold."""
    low, high = Bound((0, 4, 30)), Bound((0, 5), inclusive=False)
    assert low.lower(high) == high.lower(low) == low
    assert NEWEST.lower(low) == low.lower(NEWEST) == low
    assert Bound((0, 5)).lower(high) == high


def codes(text: str, target: str | None = None) -> list[str]:
    """The codes reported in a text, each with the level's first letter."""
    found = check_source(text, config=Config(select=("JAX9",), target_jax=target))
    return [f"{diagnostic.code} {diagnostic.level.value}" for diagnostic in found]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("0.3.25", []),
        ("0.4.26", ["JAX902 warning"]),
        ("0.5.3", ["JAX902 warning"]),
        ("0.6.0", ["JAX901 error"]),
        (None, ["JAX901 error"]),
    ],
)
def test_the_targeted_version_decides(target: str | None, expected: list[str]) -> None:
    """A name is fine, deprecated or gone, depending on the version that is targeted."""
    assert codes("import jax\njax.tree_map(abs, [1])\n", target) == expected


def test_the_project_decides_for_each_of_its_files(tmp_path: Path) -> None:
    """The answer for a file does not depend on whether it or its folder is named."""
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["jax<0.5"]\n')
    (tmp_path / "model.py").write_text("import jax\njax.tree_map(abs, [1])\n")
    whole = check_paths([tmp_path])
    assert whole == check_paths([tmp_path / "model.py"])
    assert [diagnostic.code for diagnostic in whole] == ["JAX902"]


def test_the_message_names_version_and_replacement() -> None:
    """A reader learns since when the name is gone, and what to write."""
    (diagnostic,) = check_source("import jax\njax.tree_map(abs, [1])\n")
    assert diagnostic.message == "`jax.tree_map` was removed in JAX 0.6.0"
    assert diagnostic.help == "write `jax.tree.map`"


# --- where and under what ------------------------------------------------------------------------

SEEN = {
    "unused import": "from jax import tree_map\n",
    "alias": "import jax as j\ntm = j.tree_map\n",
    "from alias": "from jax import numpy as np\nnp.product([1])\n",
    "function never called": "import jax\ndef f():\n  def g():\n    return jax.tree_map\n  return g\n",
    "method never called": "import jax\nclass A:\n    def f(self):\n        return jax.tree_map\n",
    "lambda": "import jax\nf = lambda t: jax.tree_map(abs, t)\n",
    "default": "import jax\ndef f(m=jax.tree_map):\n    return m\n",
    "decorator": "import jax\n@jax.tree_map\ndef f():\n    pass\n",
    "comprehension": "import jax\nx = [jax.tree_map(abs, t) for t in range(2)]\n",
    "star import": "from jax.experimental.maps import *\n",
    "other try": "import jax\ntry:\n    jax.tree_map(abs, [1])\nexcept ValueError:\n    pass\n",
    "expected error of another kind": (
        "import jax, pytest\nwith pytest.raises(ValueError) as e, open('x'):\n    pass\njax.tree_map\n"
    ),
    "version of Python": "import jax, sys\nif sys.version_info >= (3, 9):\n    jax.tree_map\n",
    "version of NumPy": "import jax, numpy as np\nif np.__version__ > '2':\n    jax.tree_map\n",
    "too old refused": (
        "import jax\nif jax.__version__ < '0.4':\n    raise RuntimeError\njax.tree_map(abs, [1])\n"
    ),
    "own attribute": "import jax\ndef f(self):\n    if hasattr(self, 'x'):\n        return jax.tree_map\n",
    "after a finally": "import jax\ntry:\n    pass\nfinally:\n    jax.tree_map\n",
    "getattr without default": "import jax\ngetattr(jax, 'tree_map')\n",
    "keyword in partial": "import jax\nfrom functools import partial\npartial(jax.numpy.clip, a_min=0)\n",
}


@pytest.mark.parametrize("name", SEEN)
def test_seen(name: str) -> None:
    """One finding, wherever the name stands, and whether or not the code ever runs."""
    assert codes(SEEN[name]) == ["JAX901 error"]


QUIET = {
    "hasattr": "import jax\nif hasattr(jax, 'tree_map'):\n    def f():\n        return jax.tree_map\n",
    "not hasattr": "import jax\nif not hasattr(jax, 'tree'):\n    t = jax.tree_map\n",
    "hasattr of a result": (
        "import jax\na = jax.typeof(1)\nif hasattr(a, 'x'):\n  pass\nelse:\n  jax.core.raise_to_shaped(a)\n"
    ),
    "getattr": "import jax\nt = getattr(jax, 'tree_map', None)\n",
    "try": "try:\n    from jax import tree_map\nexcept ImportError:\n    tree_map = None\n",
    "bare except": "try:\n    from jax import tree_map\nexcept:\n    tree_map = None\n",
    "handler": "try:\n  from jax.tree import map\nexcept ImportError:\n  from jax import tree_map as map\n",
    "tuple of errors": "import jax\ntry:\n    jax.tree_map\nexcept (KeyError, AttributeError):\n    pass\n",
    "suppress": "import contextlib, jax\nwith contextlib.suppress(Exception):\n    jax.tree_map\n",
    "version": "import jax\nif jax.__version_info__ < (0, 6):\n    jax.tree_map\n",
    "parsed": (
        "import jax\nfrom packaging import version\n"
        "old = version.parse(jax.__version__) < version.parse('0.6')\nif old:\n    jax.tree_map\n"
    ),
    "flag of a try": (
        "import jax\ntry:\n    import jax.tree\n    NEW = True\nexcept ImportError:\n    NEW = False\n"
        "m = jax.tree.map if NEW else jax.tree_map\n"
    ),
    "find_spec": "import importlib.util\nif importlib.util.find_spec('jax.config'):\n    import jax.config\n",
    "decorated": (
        "import jax, pytest\n@pytest.mark.skipif(jax.__version__ >= '0.6', reason='old')\n"
        "def test():\n    jax.tree_map(abs, [1])\n"
    ),
    "assertion": "import jax\nassert jax.__version__ < '0.6'\njax.tree_map\n",
    "and": "import jax\nm = hasattr(jax, 'tree_map') and jax.tree_map\n",
    "dir": "import jax\nif 'tree_map' in dir(jax):\n    jax.tree_map\n",
    "unreachable": "import jax\ndef f():\n    return 1\n    jax.tree_map\n",
    "shadowed": "import jax\nclass C:\n    tree_map = 1\njax = C()\njax.tree_map\n",
}


@pytest.mark.parametrize("name", QUIET)
def test_quiet(name: str) -> None:
    """Who asks for what is there knows what may be missing."""
    assert codes(QUIET[name]) == []


UNEVALUATED = {
    "future import": "from __future__ import annotations\nimport jax\ndef f(k: jax.random.KeyArray): ...\n",
    "string": "import jax\ndef f(k: 'jax.random.KeyArray | None'): ...\n",
    "local variable": "import jax\ndef f(k):\n    x: jax.random.KeyArray = k\n",
    "TYPE_CHECKING": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from jax.random import KeyArray\n"
    ),
}


@pytest.mark.parametrize("name", UNEVALUATED)
def test_unevaluated(name: str) -> None:
    """A name that Python never looks up is a warning."""
    assert codes(UNEVALUATED[name]) == ["JAX901 warning"]


def test_evaluated_annotations_are_errors() -> None:
    """Without the future import, the definition fails."""
    assert codes("import jax\ndef f(k: jax.random.KeyArray) -> None: ...\n") == ["JAX901 error"]
