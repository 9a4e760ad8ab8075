"""Where x64 is switched on, and that the answer for a file does not depend on what was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from jaxlint import check_paths, check_source
from jaxlint.config import Config
from jaxlint.engine import run
from jaxlint.project.precision import find_switches

MODULE = "import jax.numpy as jnp\n\ndef table(n):\n    return jnp.zeros(n, dtype=jnp.float64)\n"
PROGRAM = MODULE + '\nif __name__ == "__main__":\n    table(3)\n'
ON = 'import jax\njax.config.update("jax_enable_x64", True)\n'
OFF = 'import jax\n# enable_x64 is off here\njax.config.update("jax_enable_x64", False)\n'


def write(folder: Path, files: dict[str, str]) -> None:
    """Make a project of these files."""
    (folder / "pyproject.toml").touch()
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def found(folder: Path) -> list[str]:
    """The files with a finding of JAX801."""
    config = Config(select=("JAX801",))
    return [diagnostic.span.path.name for diagnostic in check_paths([folder], config)]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"table.py": MODULE}, ["table.py"]),
        ({"table.py": MODULE, "main.py": ON + "import table\n"}, []),
        ({"table.py": MODULE, "other.py": OFF}, ["table.py"]),
        ({"table.py": PROGRAM, "other.py": ON}, ["table.py"]),
        ({"table.py": PROGRAM.replace("import jax", "import setup\nimport jax", 1), "setup.py": ON}, []),
        ({"lib/__init__.py": "", "lib/table.py": MODULE, "tests/conftest.py": ON}, []),
        ({"table.py": PROGRAM, "Makefile": "run:\n\tJAX_ENABLE_X64=1 python table.py\n"}, []),
        ({"table.py": PROGRAM, ".github/workflows/ci.yml": "env:\n  JAX_ENABLE_X64: 'True'\n"}, []),
        ({"table.py": PROGRAM, "Makefile": "run:\n\tJAX_ENABLE_X64=0 python table.py\n"}, ["table.py"]),
        ({"table.py": MODULE, "main.py": "from jax import enable_x64\nimport table\n"}, []),
    ],
)
def test_what_switches_x64_on(files: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    """A program answers for itself and its imports, a module for the project, the environment for all."""
    write(tmp_path, files)
    assert found(tmp_path) == expected


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_answer_does_not_depend_on_what_was_asked_for(jobs: int, tmp_path: Path) -> None:
    """One file, the whole project, one process or two: the same findings."""
    write(tmp_path, {"table.py": MODULE, "program.py": PROGRAM, "a.py": MODULE, "b.py": MODULE})
    (tmp_path / "on.py").write_text(ON + "import a, b\nfrom table import table\n")
    config = Config(select=("JAX801",))
    whole = run([tmp_path], config=config, jobs=jobs).diagnostics
    alone = run([tmp_path / "program.py"], config=config, jobs=jobs).diagnostics
    assert [diagnostic.span.path.name for diagnostic in whole] == ["program.py"]
    assert alone == whole
    assert run([tmp_path / "table.py"], config=config, jobs=jobs).diagnostics == ()


def test_texts_in_memory_count(tmp_path: Path) -> None:
    """What an editor shows is read, not what is on disk."""
    path = tmp_path / "main.py"
    path.write_text(OFF)
    assert find_switches(tmp_path, (path,), {}).files == frozenset()
    assert find_switches(tmp_path, (path,), {path: ON}).files == {path}


LATE = 'import jax\nimport jax.numpy as jnp\n{before}\njax.config.update("jax_enable_x64", True)\n{after}\n'


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("x = jnp.ones(3)", "", ["JAX802"]),
        ("def f():\n    return jnp.ones(3)\nx = f()", "", ["JAX802"]),
        ("def f():\n    return jnp.ones(3)", "x = f()", []),
        ("if jax.device_count() > 1:\n    x = jnp.ones(3)", "", []),
        ("for _ in range(jax.device_count()):\n    x = jnp.ones(3)", "", []),
        ("key = jax.random.key(0)", "", []),
        ("x = jax.eval_shape(lambda: jnp.ones(3))", "", []),
        ("x = jnp.ones(3)", 'jax.config.update("jax_enable_x64", False)', []),
    ],
)
def test_what_is_too_late(before: str, after: str, expected: list[str]) -> None:
    """Only arrays that certainly exist count, and no program that switches back."""
    diagnostics = check_source(LATE.format(before=before, after=after), config=Config(select=("JAX802",)))
    assert [diagnostic.code for diagnostic in diagnostics] == expected


def test_the_array_is_shown() -> None:
    """The note points to what was made too early."""
    (diagnostic,) = check_source(LATE.format(before="x = jnp.ones(3)", after=""))
    assert diagnostic.notes[0].span is not None
    assert diagnostic.notes[0].span.start.row == 3


def test_names_with_digits_suppress() -> None:
    """The rules' names do as well as their codes."""
    text = MODULE.rstrip() + "  # noqa: float64-without-x64\n"
    assert check_source(text) == []
