"""Of a project nothing is interpreted but the files that are asked for and those that call into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jaxlint import analysis
from jaxlint.engine import run
from jaxlint.files import discover
from jaxlint.interpreter.driver import analyse_module

PROJECT = {
    "pyproject.toml": "",
    "lib/__init__.py": "from lib.ops import scale\nfrom lib import layers\nVERSION = 1\n",
    "lib/ops.py": "import jax\ndef scale(x):\n    if x > 0:\n        return x\n    return -x\n",
    "lib/layers.py": "import jax\nfrom . import sizes\ndef dense(x):\n    return x * sizes.WIDTH\n",
    "lib/sizes.py": "WIDTH = 3\ndef total(x):\n    return x\n",
    "lib/version.py": "NUMBER = 2\n",
    "spaces/deep/inside.py": "def run(x):\n    return x\n",
}

WAYS = {
    "a name": ("from lib.ops import scale\nscale(1)\n", "lib/ops.py"),
    "a name that is handed through": ("import lib as l\nl.scale(1)\n", "lib/ops.py"),
    "a module": ("import lib.ops\nlib.ops.scale(1)\n", "lib/ops.py"),
    "a module with another name": ("from lib import ops as o\no.scale(1)\n", "lib/ops.py"),
    "all names": ("from lib import *\nscale(1)\n", "lib/ops.py"),
    "an import in a function": ("def f(x):\n    from lib import scale\n    return scale(x)\n", "lib/ops.py"),
    "an annotation in quotes": ('from lib import ops\ndef f(x: "ops.scale"):\n    pass\n', "lib/ops.py"),
    "a module that is an argument": ("import lib\nprint(lib)\n", "lib/version.py"),
    "a caller of a caller": ("from lib.layers import dense\ndense(1)\n", "lib/sizes.py"),
    "a folder without `__init__.py`": ("import spaces.deep.inside as i\ni.run(1)\n", "spaces/deep/inside.py"),
    "Python that this one cannot parse": ("print 'lib'\nimport lib\n", "lib/ops.py"),
    "a line that goes on": ("from \\\n    lib.ops import scale\nscale(1)\n", "lib/ops.py"),
}  # fmt: skip

OTHERS = {
    "nothing": ("import jax\n", "lib/ops.py"),
    "another name of the package": ("import lib\nprint(lib.VERSION)\n", "lib/sizes.py"),
    "a name that is not used": ("from lib.ops import scale\n", "lib/ops.py"),
    "a package of the same name": ("import jax.lib\njax.lib.ops.scale(1)\n", "lib/ops.py"),
    "another function of a package": ("from lib import scale\nscale(1)\n", "lib/sizes.py"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small package in a project."""
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def concerned(root: Path, name: str) -> set[str]:
    """The files that are interpreted when one is asked for."""
    (project,) = discover([root / name])
    return {project.relative(path) for path in analysis.concerned(project)}


@pytest.mark.parametrize("way", WAYS)
def test_callers(root: Path, way: str) -> None:
    """A file that reaches another, in whatever way, is interpreted with it."""
    text, callee = WAYS[way]
    (root / "user.py").write_text(text, encoding="utf-8")

    assert {"user.py", callee} <= concerned(root, callee)
    assert concerned(root, "user.py") == {"user.py"}


@pytest.mark.parametrize("way", OTHERS)
def test_others(root: Path, way: str) -> None:
    """A file that only stands beside another is left alone."""
    text, other = OTHERS[way]
    (root / "user.py").write_text(text, encoding="utf-8")

    assert "user.py" not in concerned(root, other)


def test_what_is_interpreted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The findings of one file are those of the whole, for the price of its callers."""
    (root / "train.py").write_text(
        "import jax\nfrom lib import scale\nstep = jax.jit(lambda x: scale(x))\nstep(1.0)\n", encoding="utf-8"
    )
    whole = run([root])
    seen: list[str] = []

    def count(machine: Any, module: Any) -> None:
        seen.append(module.name)
        analyse_module(machine, module)

    monkeypatch.setattr(analysis, "analyse_module", count)
    one = run([root / "lib" / "ops.py"])

    assert one.diagnostics == tuple(found for found in whole.diagnostics if found.span.path.name == "ops.py")
    assert [found.code for found in one.diagnostics] == ["JAX301"]
    assert seen == ["lib.ops", "train"]
    assert one.statistics.files < whole.statistics.files


@pytest.mark.parametrize("line", ["import models", "from models import forward", "import models as m"])
def test_script_sees_its_own_folder(tmp_path: Path, line: str) -> None:
    """Of two modules with one name, a script imports the one beside it."""
    call = {"import models": "models.forward", "import models as m": "m.forward"}.get(line, "forward")
    script = f"import jax\n{line}\n@jax.jit\ndef step(x):\n    return {call}(x)\n"
    files = {
        "pyproject.toml": "",
        "first/models.py": "def forward(x):\n    return x.tolist()\n",
        "first/train.py": "from models import forward\nprint(forward)\n",
        "second/models.py": "def forward(x):\n    if x > 0:\n        return x\n    return -x\n",
        "second/train.py": script,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for asked in (tmp_path, tmp_path / "second"):
        found = {
            (one.code, one.span.path.relative_to(tmp_path).as_posix()) for one in run([asked]).diagnostics
        }
        assert found == {("JAX301", "second/models.py")}
