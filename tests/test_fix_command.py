"""`jaxlint --fix`, `--unsafe-fixes` and `--diff`, as users see them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from shutil import which

import pytest
from click.testing import Result
from support import stand_in
from support.stand_in import Run

SAFE = "x = 1  # find JAX301 safe: x = 2\n"
UNSAFE = "y = 1  # find JAX302 unsafe: y = 2\n"
NONE = "z = 1  # find JAX303\n"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a project of one file."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "a.py").write_text(SAFE + UNSAFE)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, with the stand-in for the analyzer."""
    return stand_in.command(monkeypatch)


def last(result: Result) -> str:
    """The last line of standard output."""
    return result.stdout.splitlines()[-1]


class TestOffers:
    """Without `--fix` nothing is changed, and what could be is said."""

    def test_safe_fixes_are_marked(self, run: Run) -> None:
        """And the last line tells how many there are, and how many more."""
        result = run("--output-format", "concise")
        assert [" [*] " in line for line in result.stdout.splitlines()[:2]] == [True, False]
        assert last(result) == "1 fixable with `--fix`; 1 more with `--unsafe-fixes`."
        assert Path("a.py").read_text() == SAFE + UNSAFE

    def test_unsafe_fixes_are_marked_when_allowed(self, run: Run) -> None:
        """On the command line or in the configuration."""
        Path("jaxlint.toml").write_text("unsafe-fixes = true\n")
        for result in (run("--unsafe-fixes", "--isolated"), run()):
            assert result.stdout.count("[*]") == 2
            assert last(result) == "2 fixable with `--fix`."
        assert Path("a.py").read_text() == SAFE + UNSAFE

    def test_only_unsafe_fixes(self, run: Run) -> None:
        """The line says all that one has to write."""
        Path("a.py").write_text(UNSAFE)
        assert last(run()) == "1 fixable with `--fix --unsafe-fixes`."

    def test_nothing_fixable(self, run: Run) -> None:
        """Then nothing is said of it."""
        Path("a.py").write_text(NONE)
        assert last(run()) == "Found 1 error in 1 file."


class TestFix:
    """`--fix` changes the files, and reports what is left."""

    def test_safe(self, run: Run) -> None:
        """What may change the program stays as it is."""
        result = run("--fix", "--output-format", "concise")
        assert Path("a.py").read_text() == "x = 2\n" + UNSAFE
        assert result.exit_code == 1
        assert "JAX301" not in result.stdout
        assert result.stdout.splitlines()[-2:] == [
            "Found 1 error in 1 file.",
            "Fixed 1 finding in 1 file; 1 more with `--unsafe-fixes`.",
        ]

    def test_unsafe(self, run: Run) -> None:
        """With leave, all is fixed, and the exit code is 0."""
        result = run("--fix", "--unsafe-fixes")
        assert Path("a.py").read_text() == "x = 2\ny = 2\n"
        assert (result.exit_code, result.stdout) == (
            0,
            "All checks passed.\nFixed 2 findings in 1 file.\n",
        )

    def test_configured(self, run: Run) -> None:
        """`fix = true` is the same, and `--no-fix` stands above it."""
        Path("jaxlint.toml").write_text("fix = true\nunsafe-fixes = true\n")
        run("--no-fix")
        assert Path("a.py").read_text() == SAFE + UNSAFE
        run("--no-unsafe-fixes")
        assert Path("a.py").read_text() == "x = 2\n" + UNSAFE
        run()
        assert Path("a.py").read_text() == "x = 2\ny = 2\n"

    def test_in_rounds(self, run: Run) -> None:
        """A fix may make room for another."""
        Path("a.py").write_text("a = 1  # find JAX301 safe: b = 1  # find JAX302 safe: c = 1\n")
        result = run("--fix")
        assert Path("a.py").read_text() == "c = 1\n"
        assert last(result) == "Fixed 1 finding in 1 file."

    def test_only_what_is_asked_for(self, run: Run) -> None:
        """Other files, excluded ones, and rules that are off stay as they are."""
        Path("b.py").write_text(SAFE)
        Path("build").mkdir()
        Path("build/c.py").write_text(SAFE)
        run("--fix", "a.py")
        assert Path("b.py").read_text() == SAFE
        run("--fix", "--ignore", "JAX301")
        assert Path("b.py").read_text() == SAFE
        run("--fix")
        assert (Path("b.py").read_text(), Path("build/c.py").read_text()) == ("x = 2\n", SAFE)

    def test_a_suppressed_finding_is_not_fixed(self, run: Run) -> None:
        """Somebody has said that it is right."""
        text = "# jaxlint: disable=JAX301\n" + SAFE
        Path("a.py").write_text(text)
        run("--fix")
        assert Path("a.py").read_text() == text

    def test_no_python_is_never_written(self, run: Run) -> None:
        """The file stays as it was, its finding is reported, and a message says why."""
        text = "x = 1  # find JAX301 safe: x = (\n"
        Path("a.py").write_text(text)
        result = run("--fix")
        assert (Path("a.py").read_text(), result.exit_code) == (text, 1)
        assert result.stderr == "warning: a.py: not fixed: its fixes would leave what is no Python\n"

    def test_a_read_only_file(self, run: Run) -> None:
        """Its findings are reported, with a message."""
        Path("a.py").chmod(0o444)
        result = run("--fix")
        assert (Path("a.py").read_text(), result.exit_code) == (SAFE + UNSAFE, 1)
        assert result.stderr == "warning: a.py: not fixed: it is read-only\n"

    def test_several_projects(self, run: Run) -> None:
        """Each is fixed with its own settings."""
        for name, config in (("p", "fix = true"), ("q", "")):
            Path(name).mkdir()
            Path(name, "jaxlint.toml").write_text(config)
            Path(name, "a.py").write_text(SAFE)
        run("p", "q")
        assert (Path("p/a.py").read_text(), Path("q/a.py").read_text()) == ("x = 2\n", SAFE)

    def test_not_with_tracing(self, run: Run) -> None:
        """The second opinion is about the program as it is."""
        result = run("--fix", "--trace")
        assert result.exit_code == 2
        assert "--trace fixes nothing" in result.stderr


class TestDiff:
    """`--diff` shows what would be done."""

    def test_prints_and_writes_nothing(self, run: Run) -> None:
        """The diff alone is on standard output; the exit code is 1 when there is one."""
        result = run("--diff")
        assert (result.exit_code, Path("a.py").read_text()) == (1, SAFE + UNSAFE)
        assert result.stdout.splitlines()[:2] == ["--- a.py", "+++ a.py"]
        assert "+x = 2\n" in result.stdout
        assert "+y = 2\n" not in result.stdout
        assert result.stderr == "Would fix 1 finding in 1 file; 1 more with `--unsafe-fixes`.\n"

    def test_no_changes(self, run: Run) -> None:
        """Nothing is printed, and the exit code is 0, whatever was found."""
        Path("a.py").write_text(NONE)
        result = run("--diff")
        assert (result.exit_code, result.output) == (0, "")

    @pytest.mark.skipif(which("git") is None, reason="git is not installed")
    def test_can_be_applied(self, run: Run) -> None:
        """Git makes of the file what `--fix` would."""
        diff = run("--diff", "--unsafe-fixes").stdout
        subprocess.run(["git", "apply", "-p0"], input=diff, text=True, check=True)
        assert Path("a.py").read_text() == "x = 2\ny = 2\n"


class TestStandardInput:
    """The fixed source comes out, and the findings beside it."""

    def test_fix(self, run: Run) -> None:
        """Line ends and byte order mark stay."""
        result = run("-", "--fix", input=b"\xef\xbb\xbf" + (SAFE + NONE).replace("\n", "\r\n").encode())
        assert result.stdout_bytes == b"\xef\xbb\xbfx = 2\r\n" + NONE.replace("\n", "\r\n").encode()
        assert "JAX303" in result.stderr
        assert result.stderr.endswith("Fixed 1 finding in 1 file.\n")
        assert result.exit_code == 1

    def test_nothing_to_fix(self, run: Run) -> None:
        """The source comes out as it is."""
        result = run("-", "--fix", input="x = 1\n")
        assert (result.stdout, result.exit_code) == ("x = 1\n", 0)

    def test_the_file_on_disk_stays(self, run: Run) -> None:
        """It only lends its name."""
        result = run("-", "--fix", "--stdin-filename", "a.py", input=SAFE)
        assert result.stdout == "x = 2\n"
        assert Path("a.py").read_text() == SAFE + UNSAFE

    def test_diff(self, run: Run) -> None:
        """The diff has the name of the file."""
        result = run("-", "--diff", "--stdin-filename", "a.py", input=SAFE)
        assert result.stdout.startswith("--- a.py\n+++ a.py\n")
