"""Hostile modules: the run finishes, says what happened, and leaves no process behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(find_spec("jax") is None, reason="JAX is not installed")

GOOD = """
import jax

@jax.jit
def relu(x):
    if x > 0:
        return x
    return 0.0

relu(1.0)
"""

MODULES = {
    "endless_import": "import jax\nwhile True:\n    pass\n" + GOOD,
    "endless_function": GOOD + "\n@jax.jit\ndef forever(x: jax.Array):\n    while True:\n        pass\n",
    "leaves": GOOD + "\nimport os\n@jax.jit\ndef leave(x: jax.Array):\n    os._exit(3)\n",
    "crashes": GOOD + "\nimport ctypes\n@jax.jit\ndef crash(x: jax.Array):\n    return ctypes.string_at(0)\n",
    "greedy": "import jax\nhuge = bytearray(100 * 2**30)\n" + GOOD,
    "threads": GOOD
    + "\nimport threading, time\nthreading.Thread(target=lambda: time.sleep(10**6)).start()\n",
    "noisy": GOOD + "\nimport os\nprint('user' * 1000)\nos.write(1, b'{}')\nos.write(2, b'user')\n",
    "exits": GOOD + "\nimport sys\n@jax.jit\ndef stop(x: jax.Array):\n    sys.exit(7)\n",
    "patches": "import jax\njax.make_jaxpr = None\njax.tree_util.tree_map = None\n" + GOOD,
    "spawns": GOOD
    + "\nimport subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(10**6)'],"
    " start_new_session=True)\n",
    "lacks": "import jax\n\nimport no_such_module_here\n" + GOOD,
}

NOT_IMPORTED = {"endless_import", "lacks"}


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the modules."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def run(where: Path) -> subprocess.CompletedProcess[str]:
    """One run of the command over all modules."""
    (where / "jaxlint.toml").touch()
    for name, text in MODULES.items():
        (where / f"{name}.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "jaxlint", "trace", "--timeout", "5", "--memory", "4", "-j", "2", "."]
    environment = {**os.environ, "HOSTILE_RUN": str(where)}
    return subprocess.run(
        command, cwd=where, capture_output=True, encoding="utf-8", check=False, env=environment
    )


def test_the_run_finishes_with_the_findings(run: subprocess.CompletedProcess[str]) -> None:
    """What the modules do changes neither the exit code nor what else is found."""
    assert run.returncode == 1, run.stderr
    assert run.stdout.count("confirmed by tracing: TracerBoolConversionError") == len(
        MODULES.keys() - NOT_IMPORTED
    )


@pytest.mark.parametrize(
    "line",
    [
        "endless_import.py: the import took longer than 5 s",
        "endless_function.py::forever: tracing took longer than 5 s",
        "leaves.py::leave: the process left with exit code 3",
        "crashes.py::crash: the process was ended by SIGSEGV",
        "greedy.py:2: on import: MemoryError",
        "exits.py::stop: no arguments found (SystemExit: 7)",
        "lacks.py: cannot be imported: `no_such_module_here` is not installed (lacks.py:3)",
    ],
)
def test_it_says_what_happened(run: subprocess.CompletedProcess[str], line: str) -> None:
    """Each accident has a line of its own."""
    assert line in run.stdout


def test_the_output_of_the_modules_is_kept_apart(run: subprocess.CompletedProcess[str]) -> None:
    """Nothing that the user's code writes gets into the report."""
    assert "useruser" not in run.stdout + run.stderr


@pytest.mark.usefixtures("run")
def test_no_process_is_left(where: Path) -> None:
    """Neither workers nor what they started outlive the run."""
    left = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        left += [folder.name for entry in environment if entry == f"HOSTILE_RUN={where}".encode()]
    assert left == []


def test_without_jax_the_command_says_how_to_install_it(tmp_path: Path) -> None:
    """The static analysis works, and tracing tells what is missing."""
    (tmp_path / "a.py").write_text(GOOD, encoding="utf-8")
    program = (
        "import sys, importlib.util\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'jax' else find(name, *rest)\n"
        "from jaxlint.cli import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", program]
    traced = subprocess.run(
        [*command, "trace", str(tmp_path)], capture_output=True, encoding="utf-8", check=False
    )
    linted = subprocess.run(
        [*command, str(tmp_path), "--output-format", "json"],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert traced.returncode == 2
    assert "pip install jax" in traced.stderr
    assert [one["code"] for one in json.loads(linted.stdout)] == ["JAX301"]
