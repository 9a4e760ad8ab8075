"""The command: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from support import stand_in
from support.stand_in import Run

from jaxlint import __version__, cli
from jaxlint.output import FORMATS
from jaxlint.output.progress import LateBar

RELU = """\
import jax

@jax.jit
def relu(x):
    if x > 0:
        return x
    return 0.0 * x
"""

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty project, with an environment that says nothing of colours."""
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of the project."""

    def write(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in this process, with the stand-in for the analyzer."""
    return stand_in.command(monkeypatch)


class TestExitCode:
    """The exit code says whether something was found, and whether that can be believed."""

    def test_clean(self, run: Run, write: Write) -> None:
        """Nothing found: 0, and a line that says so."""
        write("a.py", "x = 1")
        result = run()
        assert (result.exit_code, result.stdout, result.stderr) == (0, "All checks passed.\n", "")

    @pytest.mark.parametrize("code", ["JAX301", "JAX309"])
    def test_found(self, run: Run, write: Write, code: str) -> None:
        """A finding of any level gives 1."""
        write("a.py", f"x = 1  # find {code}")
        result = run()
        assert result.exit_code == 1
        assert result.stdout.startswith(f"a.py:1:1: {code} ")

    def test_exit_zero(self, run: Run, write: Write) -> None:
        """`--exit-zero` prints the same and gives 0."""
        write("a.py", "x = 1  # find JAX301")
        result = run("--exit-zero")
        assert result.exit_code == 0
        assert "JAX301" in result.stdout

    def test_exit_zero_does_not_hide_failures(self, run: Run, write: Write) -> None:
        """`--exit-zero` is about findings, not about whether jaxlint works."""
        write("a.py", "x = 1  # fail")
        assert run("--exit-zero").exit_code == 2

    def test_internal_error(self, run: Run, write: Write) -> None:
        """A failure in one file costs a line on standard error; the other files are reported."""
        write("a.py", "x = 1  # fail")
        write("b.py", "x = 1  # find JAX301")
        result = run()
        assert result.exit_code == 2
        assert "b.py:1:1: JAX301" in result.stdout
        assert "internal error: ValueError: asked to" in result.stderr
        assert "Traceback" not in result.output

    def test_not_all_checks_passed(self, run: Run, write: Write) -> None:
        """After a failure nobody is told that all is well."""
        write("a.py", "x = 1  # fail")
        assert run().stdout == ""

    def test_bug(self, run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever goes wrong inside, there is no traceback; unless asked for."""

        def analyse(*_: Any, **__: Any) -> None:
            raise RecursionError("too\ndeep")

        stand_in.install(monkeypatch, analyse)
        write("a.py", "x = 1")
        result = run()
        assert result.exit_code == 2
        assert "RecursionError: too" in result.stderr
        assert "Traceback" not in result.output
        assert "Traceback" in run("--debug").stderr

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["missing.py"], ["missing.py"]),
            (["check"], ["check: no such file or folder", "`jaxlint src`"]),
            (["rules"], ["did you mean `rule`?"]),
            (["--select", "JAX999"], ["JAX999"]),
            (["--select", "traced-brunch"], ["traced-brunch", "did you mean `traced-branch`?"]),
            (["--config", "missing.toml"], ["missing.toml"]),
            (["--no-such-option"], ["--no-such-option"]),
            (["--output-format", "fall"], ["fall", "full"]),
            (["--stdin-filename", "a.py"], ["--stdin-filename", "`-`"]),
            (["-", "a.py"], ["`-`"]),
            (["rule"], ["JAX301", "--all"]),
            (["rule", "JAX999"], ["`JAX999`"]),
            (["rule", "Traced-Brunch"], ["did you mean `traced-branch`?"]),
        ],
    )
    def test_misuse(self, run: Run, write: Write, arguments: list[str], words: list[str]) -> None:
        """What makes no sense gives 2, and a message that says what and how to do it right."""
        write("a.py", "x = 1")
        result = run(*arguments)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert all(word in result.stderr for word in words)

    def test_broken_configuration(self, run: Run, write: Write) -> None:
        """A configuration that cannot be read is named."""
        write("a.py", "x = 1")
        write("pyproject.toml", "[tool.jaxlint]", 'selct = ["JAX3"]')
        result = run()
        assert result.exit_code == 2
        assert "pyproject.toml" in result.stderr
        assert "did you mean `select`?" in result.stderr
        assert "Traceback" not in result.output

    def test_isolated(self, run: Run, write: Write) -> None:
        """`--isolated` does not even read it."""
        write("a.py", "x = 1")
        write("pyproject.toml", "[tool.jaxlint]", 'selct = ["JAX3"]')
        assert run("--isolated").exit_code == 0

    def test_no_files(self, run: Run) -> None:
        """A folder without Python is no error, but worth a word."""
        result = run()
        assert (result.exit_code, result.stdout) == (0, "")
        assert "no Python files" in result.stderr


class TestSelection:
    """The options about rules reach the report."""

    @pytest.fixture(autouse=True)
    def _file(self, write: Write) -> None:
        write("a.py", "x = 1  # find JAX301", "y = 2  # find JAX201")

    @pytest.mark.parametrize(
        ("arguments", "codes"),
        [
            ([], ["JAX301", "JAX201"]),
            (["--select", "JAX3"], ["JAX301"]),
            (["--select", "JAX301,JAX2"], ["JAX301", "JAX201"]),
            (["--select", "JAX301", "--select", "item-assignment"], ["JAX301", "JAX201"]),
            (["--select", "JAX3", "--extend-select", "JAX201"], ["JAX301", "JAX201"]),
            (["--ignore", "traced-branch"], ["JAX201"]),
            (["--ignore", "JAX2, JAX3"], []),
        ],
    )
    def test_codes(self, run: Run, arguments: list[str], codes: list[str]) -> None:
        """Codes, prefixes and names; commas and repetition."""
        found = json.loads(run(*arguments, "--output-format", "json").stdout)
        assert [item["code"] for item in found] == codes

    def test_configuration(self, run: Run, write: Write) -> None:
        """The command line stands above the file."""
        write("pyproject.toml", "[tool.jaxlint]", 'ignore = ["JAX301"]')
        assert "JAX301" not in run("-q").stdout
        assert "JAX301" in run("-q", "--select", "JAX301").stdout
        write("other.toml", 'ignore = ["JAX2"]')
        assert "JAX201" not in run("-q", "--config", "other.toml").stdout


class TestPaths:
    """What is linted."""

    def test_only_what_was_asked(self, run: Run, write: Write) -> None:
        """A named file or folder is reported, the rest of its project is not."""
        for name in ("a.py", "src/b.py"):
            write(name, "x = 1  # find JAX301")
        assert run("a.py", "-q", "--output-format", "concise").stdout.count("JAX301") == 1
        assert f"{Path('src', 'b.py')}:1:1:" in run("src", "-q").stdout
        assert run("-q", "--output-format", "concise").stdout.count("JAX301") == 2

    def test_show_files(self, run: Run, write: Write) -> None:
        """`--show-files` lists, and lints nothing."""
        write("src/b.py", "x = 1  # find JAX301")
        write("a.py", "x = 1  # fail")
        result = run("--show-files")
        assert (result.exit_code, result.stdout) == (0, f"a.py\n{Path('src', 'b.py')}\n")

    def test_show_settings(self, run: Run, write: Write, tmp_path: Path) -> None:
        """`--show-settings` says what is in force and where it comes from."""
        write("a.py", "x = 1")
        write("pyproject.toml", "[tool.jaxlint]", 'select = ["JAX3"]')
        result = run("--show-settings", "--ignore", "JAX304")
        assert result.exit_code == 0
        assert f"# project {tmp_path}\n# configured by pyproject.toml\n" in result.stdout
        assert 'select = ["JAX3"]\n' in result.stdout
        assert 'ignore = ["JAX304"]\n' in result.stdout

    def test_force_exclude(self, run: Run, write: Write) -> None:
        """A named file is linted even if it is excluded, unless that is refused."""
        write("pyproject.toml", "[tool.jaxlint]", 'extend-exclude = ["a.py"]')
        write("a.py", "x = 1  # find JAX301")
        assert "JAX301" in run("a.py").stdout
        assert "JAX301" not in run("a.py", "--force-exclude").stdout

    def test_rule_is_a_path_with_a_dot(self, run: Run, write: Write) -> None:
        """A folder that is named like a command can be given with `./`."""
        write("rule/a.py", "x = 1  # find JAX301")
        assert "JAX301" in run("./rule", "-q").stdout

    def test_options_may_come_first(self, run: Run, write: Write) -> None:
        """Only the first word can be a command."""
        write("a.py", "x = 1  # find JAX301")
        write("rule/b.py", "x = 1")
        assert run("-q", "a.py", "rule").exit_code == 1


class TestStdin:
    """`-` reads standard input."""

    TEXT = "x = 'é'  # find JAX301\n"

    def test_without_a_name(self, run: Run) -> None:
        """Without a name it is shown as `-`."""
        assert run("-", "-q", input=self.TEXT).stdout.startswith("-:1:1: JAX301")

    def test_with_a_name(self, run: Run, write: Write) -> None:
        """With a name, the text stands for that file of its project."""
        write("src/a.py", "saved = 1")
        write("src/b.py", "x = 1  # find JAX301")
        result = run("-", "--stdin-filename", "src/a.py", "-q", input=self.TEXT)
        assert result.exit_code == 1
        assert result.stdout.splitlines()[:3] == [
            f"{Path('src', 'a.py')}:1:1: JAX301 traced-branch error: found by `comment`",
            "  |",
            "1 | x = 'é'  # find JAX301",
        ]
        assert "b.py" not in result.stdout

    def test_other_encodings(self, run: Run) -> None:
        """The encoding comment counts."""
        latin = ("# coding: latin-1\n" + self.TEXT).encode("latin-1")
        assert "3 | x" not in run("-", "-q", input=latin).stdout
        assert "2 | x = 'é'" in run("-", "-q", input=latin).stdout

    def test_no_text(self, run: Run) -> None:
        """Bytes that are no text give a message."""
        result = run("-", input=b"\xff\xfe\x00")
        assert result.exit_code == 2
        assert "standard input is not text" in result.stderr


class TestOutput:
    """What is printed, in which format, and where."""

    @pytest.fixture(autouse=True)
    def _files(self, write: Write) -> None:
        write("a.py", "x = 1  # find JAX301", "y = 2  # find JAX301")
        write("b.py", "def f():", "    x = 1  # find JAX309")
        write("c.py", "x = 1")

    def test_formats(self) -> None:
        """The option offers what there is."""
        assert list(cli.OUTPUT_FORMATS) == list(FORMATS)

    def test_full(self, run: Run) -> None:
        """The default, with a closing line."""
        assert run().stdout.splitlines()[-8:] == [
            "b.py:2:5: JAX309 silently-wrong warning: found by `comment`",
            "  |",
            "2 |     x = 1  # find JAX309",
            "  |     ^^^^^",
            "  = note: the comment says so (b.py:2)",
            "  = help: delete it",
            "",
            "Found 2 errors, 1 warning in 2 files (3 checked).",
        ]

    def test_concise(self, run: Run) -> None:
        """One line each, and the closing line."""
        lines = run("--output-format", "concise").stdout.splitlines()
        assert lines[0] == "a.py:1:1: JAX301 found by `comment`: the comment says so (a.py:1)"
        assert len(lines) == 4

    def test_quiet(self, run: Run) -> None:
        """`--quiet` drops the closing line."""
        assert len(run("--output-format", "concise", "-q").stdout.splitlines()) == 3

    def test_json(self, run: Run, tmp_path: Path) -> None:
        """Only JSON is on standard output."""
        found = json.loads(run("--output-format", "json").stdout)
        assert [item["location"]["row"] for item in found] == [1, 2, 2]
        assert found[2]["filename"] == str(tmp_path / "b.py")
        assert found[2]["noqa_row"] == 2

    def test_github(self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Paths are relative to the root of the repository, wherever the command runs."""
        monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path.parent))
        first = run("--output-format", "github").stdout.splitlines()[0]
        assert first.startswith(f"::error title=JAX301 traced-branch,file={tmp_path.name}/a.py,line=1,")

    def test_statistics(self, run: Run) -> None:
        """A table for people, an array for programs."""
        assert run("--statistics").stdout == (
            "2  JAX301  traced-branch   error\n"
            "1  JAX309  silently-wrong  warning\n"
            "Found 2 errors, 1 warning in 2 files (3 checked).\n"
        )
        counted = json.loads(run("--statistics", "--output-format", "json").stdout)
        assert [(item["code"], item["count"]) for item in counted] == [("JAX301", 2), ("JAX309", 1)]

    def test_debug(self, run: Run) -> None:
        """`--debug` says how much was known, on standard error."""
        result = run("--debug", "--output-format", "json")
        assert json.loads(result.stdout)
        assert "expressions in traced code: 200, unknown: 50 (25.0%)" in result.stderr
        assert "truncated analyses: 3" in result.stderr

    @pytest.mark.parametrize(
        ("arguments", "environ", "painted"),
        [
            ([], {}, False),
            (["--color", "always"], {"NO_COLOR": "1"}, True),
            ([], {"FORCE_COLOR": "1"}, True),
            ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
            (["--output-format", "json"], {"FORCE_COLOR": "1"}, False),
            (["--output-format", "github"], {"FORCE_COLOR": "1"}, False),
        ],
    )
    def test_color(self, run: Run, arguments: list[str], environ: dict[str, str], painted: bool) -> None:
        """Colours are for people who want them."""
        assert ("\x1b[" in run(*arguments, env=environ, color=True).stdout) is painted


class TestRule:
    """`jaxlint rule` prints the pages."""

    def test_page(self, run: Run) -> None:
        """The page is printed as it is written, under a heading."""
        result = run("rule", "JAX301")
        assert result.exit_code == 0
        assert result.stdout.startswith("# JAX301 traced-branch\n\nLevel: error · ")
        assert "## Instead\n" in result.stdout

    def test_names(self, run: Run) -> None:
        """Names will do, in any order, each rule once."""
        lines = run("rule", "item-assignment", "jax301", "JAX201").stdout.splitlines()
        titles = [line for line in lines if line.startswith("# JAX")]
        assert titles == ["# JAX201 item-assignment", "# JAX301 traced-branch"]

    def test_terminal(self, run: Run) -> None:
        """On a terminal the Markdown is rendered."""
        page = run("rule", "JAX301", "--color", "always", color=True).stdout
        assert "\x1b[" in page
        assert "## Instead" not in page
        assert "Instead" in page

    def test_json(self, run: Run) -> None:
        """Everything that is known, as data."""
        (page,) = json.loads(run("rule", "JAX301", "--output-format", "json").stdout)
        assert (page["code"], page["name"], page["level"]) == ("JAX301", "traced-branch", "error")
        assert "## Instead" in page["text"]

    def test_all(self, run: Run) -> None:
        """`--all` prints every page."""
        codes = [page["code"] for page in json.loads(run("rule", "--all", "--output-format", "json").stdout)]
        assert codes == sorted(codes)
        assert {"JAX001", "JAX201", "JAX301"} <= set(codes)


class TestHelp:
    """`--help` teaches."""

    def test_sections(self, run: Run) -> None:
        """Options stand in groups; examples and exit codes follow."""
        text = run("--help").stdout
        headings = ["Choosing rules:", "Output:", "Configuration:", "Running:", "Examples:", "Exit codes:"]
        places = [text.index(f"\n{heading}\n") for heading in headings]
        assert places == sorted(places)
        assert "jaxlint rule [OPTIONS] CODE..." in text

    def test_width(self, run: Run) -> None:
        """It fits into 80 columns."""
        assert [line for line in run("--help").stdout.splitlines() if len(line) > 80] == []

    def test_commands_have_help(self, run: Run) -> None:
        """A command explains itself, under its full name."""
        assert run("rule", "--help").stdout.startswith("Usage: jaxlint rule [OPTIONS] CODE...\n")

    def test_version(self, run: Run) -> None:
        """The version is that of the package."""
        assert run("--version").stdout == f"jaxlint {__version__}\n"


def shell(
    *arguments: str, environ: Mapping[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "jaxlint", *arguments],
        env={**os.environ, **(environ or {})},
        capture_output=options.pop("capture_output", True),
        encoding="utf-8",
        check=False,
        timeout=120,
        **options,
    )


class TestProcess:
    """The real command, with the real analyzer."""

    def test_finding(self, write: Write) -> None:
        """The simplest sharp bit is found, with the reason, and nothing is on standard error."""
        write("model.py", RELU)
        done = shell("--output-format", "json")
        assert (done.returncode, done.stderr) == (1, "")
        (found,) = json.loads(done.stdout)
        assert (found["code"], found["location"]) == ("JAX301", {"row": 5, "column": 8})
        assert "relu" in found["notes"][0]["message"]

    def test_clean(self, write: Write) -> None:
        """Code without JAX passes."""
        write("model.py", "x = 1")
        done = shell()
        assert (done.returncode, done.stdout, done.stderr) == (0, "All checks passed.\n", "")

    def test_stdin(self) -> None:
        """Standard input is linted as it comes."""
        done = shell("-", "--output-format", "concise", "-q", input=RELU)
        assert done.returncode == 1
        assert done.stdout.startswith("-:5:8: JAX301 ")

    def test_missing_file(self) -> None:
        """A missing file is one line on standard error."""
        done = shell("missing.py")
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1

    def test_broken_pipe(self, write: Write) -> None:
        """A reader that goes away is no reason to complain."""
        write("model.py", RELU * 300)
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as sink:
            done = shell(capture_output=False, stdout=sink, stderr=subprocess.PIPE)
        assert (done.returncode, done.stderr) == (1, "")

    def test_ascii_terminal(self, write: Write) -> None:
        """What the terminal cannot show is escaped."""
        write("é.py", RELU)
        done = shell(environ={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
        assert done.returncode == 1
        assert done.stdout.startswith("\\xe9.py:5:8: JAX301")

    def test_startup(self, tmp_path: Path) -> None:
        """`--help` imports nothing heavy and takes little time."""
        script = """
            import sys, time
            sys.argv = ["jaxlint", "--help"]
            from jaxlint.cli import main
            main()
            heavy = {"libcst", "rich", "jax", "numpy", "pathspec", "dataclasses"} & set(sys.modules)
            print(time.process_time(), *heavy, file=sys.stderr)
        """
        environ = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environ["PYTHONPYCACHEPREFIX"] = str(tmp_path / "cache")
        command = [sys.executable, "-c", textwrap.dedent(script)]
        runs = [
            subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stderr.split()
            for _ in range(5)
        ]
        assert all(heavy == [] for _, *heavy in runs)
        assert min(float(seconds) for seconds, *_ in runs) < 0.15


class TestProgress:
    """A bar on standard error, for long runs only."""

    def test_patience(self) -> None:
        """Short runs show nothing."""
        with LateBar() as bar:
            bar(1, 2)
            assert not bar.visible

    def test_long_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Long runs show how far they are, and nothing of that on standard output."""
        with LateBar(patience=0) as bar:
            bar(1, 2)
            assert bar.visible
        assert capsys.readouterr().out == ""

    def test_not_without_terminal(self, run: Run, write: Write) -> None:
        """Logs have no bars."""
        write("a.py", "x = 1")
        assert run().stderr == ""


def _interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], 0), (["--no-such-option"], 2), (["rule", "JAX301"], 0)]
)
def test_main_returns_the_exit_code(arguments: Sequence[str], code: int) -> None:
    """`main` is a function from arguments to exit code."""
    assert cli.main(arguments) == code


def test_interrupt(monkeypatch: pytest.MonkeyPatch, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends the command without a word."""
    stand_in.install(monkeypatch, _interrupt)
    write("a.py", "x = 1")
    assert cli.main([]) == 130
    assert capsys.readouterr().out.strip() == ""
