"""The ``jaxlint`` command: reads arguments, calls the engine, prints, and ends with 0, 1 or 2.

Only click is imported at the top: ``jaxlint --help`` must not pay for the analyzer.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from jaxlint import __version__
from jaxlint.command import Grouped, GroupedOption, Program
from jaxlint.errors import JaxlintError, UsageError, nearest

if TYPE_CHECKING:
    from pathlib import Path

    from jaxlint.catalogue import Rule

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""

OUTPUT_FORMATS = ("full", "concise", "json", "github")

EXAMPLES = """\
jaxlint                                the current folder
jaxlint src/ --select JAX3             only the control-flow rules
jaxlint train.py --ignore traced-while rules have names, too
jaxlint --statistics                   how often each rule fires
jaxlint --fix src/                     fix what can be fixed safely
jaxlint - --stdin-filename src/a.py    standard input, as if it were that file
jaxlint rule traced-branch             what a rule means, what to write
"""

EXIT_CODES = """\
0  nothing was found
1  something was found, of any level (`--exit-zero` turns this into 0)
2  jaxlint could not run, or could not finish
"""


option = partial(click.option, cls=GroupedOption)
_RULES, _OUTPUT, _CONFIG, _RUN = "Choosing rules", "Output", "Configuration", "Running"
_TRACE, _FIX = "Tracing", "Fixing"

Decorator = Callable[[Any], Any]

_COLOR: dict[str, Any] = {
    "type": click.Choice(["auto", "always", "never"]),
    "default": "auto",
    "show_default": True,
    "help": "Colours; auto: on a terminal, unless NO_COLOR is set.",
}


def _file(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Path | None:
    from pathlib import Path

    return None if value is None else Path(value)


@click.command("rule", short_help="Print the page of a rule.")
@click.argument("codes", nargs=-1, metavar="CODE...")
@click.option("--all", "every", is_flag=True, help="All rules.")
@click.option("--output-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--color", **_COLOR)
@click.pass_context
def rule(ctx: click.Context, codes: tuple[str, ...], every: bool, output_format: str, color: str) -> None:
    """Print the page of a rule, named by code or name: what it does, why, and what to write instead."""
    with _reporting(debug=False):
        if not codes and not every:
            raise click.UsageError("name a rule, such as `jaxlint rule JAX301`, or give --all", ctx)
        rules = _rules(codes, every=every)
        from jaxlint.output import pages
        from jaxlint.output.terminal import wants_color, width, write

        if output_format == "json":
            write(pages.as_json(rules))
        elif wants_color(color, sys.stdout):
            write(pages.as_terminal(rules, width(sys.stdout)))
        else:
            write(pages.as_text(rules))


def _rules(words: Sequence[str], *, every: bool) -> list[Rule]:
    from jaxlint.catalogue import catalogue, find_rule

    if every:
        return list(catalogue().values())
    found: dict[str, Rule] = {}
    for word in words:
        rule = find_rule(word)
        if rule is None:
            known = [name for rule in catalogue().values() for name in (rule.code, rule.name)]
            near = nearest(word.upper(), known) or nearest(word.lower(), known)
            raise JaxlintError(f"there is no rule `{word}`{near}")
        found[rule.code] = rule
    return list(found.values())


_LINTING: tuple[Decorator, ...] = (
    click.argument("paths", nargs=-1),
    option(
        "--select",
        group=_RULES,
        multiple=True,
        metavar="CODES",
        help="Only these rules: codes, prefixes or names, with commas; ALL is all.",
    ),
    option("--extend-select", group=_RULES, multiple=True, metavar="CODES", help="These rules, too."),
    option("--ignore", group=_RULES, multiple=True, metavar="CODES", help="Not these rules."),
    option(
        "--output-format",
        group=_OUTPUT,
        type=click.Choice(OUTPUT_FORMATS),
        default="full",
        show_default=True,
        help="How findings are written.",
    ),
    option("--statistics", group=_OUTPUT, is_flag=True, help="Count the findings of each rule instead."),
    option("--color", group=_OUTPUT, **_COLOR),
    option("-q", "--quiet", group=_OUTPUT, is_flag=True, help="Findings and errors only, no closing line."),
    option(
        "--config",
        group=_CONFIG,
        type=click.Path(exists=True, dir_okay=False),
        callback=_file,
        help="Read this pyproject.toml or jaxlint.toml, not those of the projects.",
    ),
    option("--isolated", group=_CONFIG, is_flag=True, help="Read no configuration file at all."),
    option("--target-jax", group=_CONFIG, metavar="VERSION", help="The JAX version that the code is for."),
    option(
        "--force-exclude",
        group=_CONFIG,
        is_flag=True,
        help="Leave out excluded files even if they are named.",
    ),
    option("--show-settings", group=_CONFIG, is_flag=True, help="Print the settings in force, and end."),
    option(
        "--show-files",
        group=_CONFIG,
        is_flag=True,
        help="Print the files that would be linted, and end.",
    ),
    option(
        "--stdin-filename",
        group=_RUN,
        metavar="FILE",
        help="The file that standard input (`-`) stands for.",
    ),
    option(
        "--jobs",
        "-j",
        group=_RUN,
        type=click.IntRange(min=0),
        default=1,
        metavar="N",
        help="Processes (default: 1); 0 is one for each core.",
    ),
    option("--exit-zero", group=_RUN, is_flag=True, help="End with 0 even if something was found."),
    option(
        "--debug",
        group=_RUN,
        is_flag=True,
        help="Print what the analysis knew and took, and tracebacks.",
    ),
)
"""Arguments of `jaxlint [PATHS]` and `jaxlint trace [PATHS]`."""

_FIXING: tuple[Decorator, ...] = (
    option(
        "--fix/--no-fix",
        group=_FIX,
        default=None,
        help="Fix what can be fixed without changing what the program does.",
    ),
    option(
        "--unsafe-fixes/--no-unsafe-fixes",
        group=_FIX,
        default=None,
        help="Fix (or, without --fix, list as fixable) also what may change what it does.",
    ),
    option(
        "--diff",
        group=_FIX,
        is_flag=True,
        help="Print what --fix would change, write nothing, and end with 1 if there is something.",
    ),
)
"""Arguments of `jaxlint [PATHS]` alone."""

_TRACING: tuple[Decorator, ...] = (
    option(
        "--only-confirmed",
        group=_TRACE,
        is_flag=True,
        help="Show only findings that JAX itself confirms.",
    ),
    option(
        "--timeout",
        group=_TRACE,
        type=click.FloatRange(min=0, min_open=True),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="Limit for the import of a module, and for each function.",
    ),
    option(
        "--memory",
        group=_TRACE,
        type=click.FloatRange(min=0, min_open=True),
        default=8.0,
        show_default=True,
        metavar="GIB",
        help="Limit for each worker process.",
    ),
    option(
        "--platform",
        group=_TRACE,
        type=click.Choice(["cpu", "gpu", "tpu"]),
        help="Lower the code for this platform, which need not be here; --compile uses the device.",
    ),
    option("--compile", group=_TRACE, is_flag=True, help="Measure compilation, too."),
    option(
        "--report",
        group=_TRACE,
        type=click.Path(dir_okay=False, writable=True),
        callback=_file,
        metavar="FILE.html",
        help="Write a report with plots.",
    ),
)
"""Arguments that say how to trace."""


@click.command("record", short_help="Record calls while tests or a script run.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, writable=True),
    callback=_file,
    metavar="FILE",
    help="Where to keep the calls (default: .jaxlint-trace.json).",
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND...")
@click.pass_context
def record(ctx: click.Context, output: Path | None, command: tuple[str, ...]) -> None:
    """Run pytest, a Python script or a module, and keep how it calls transformed functions.

    `jaxlint trace` then traces them with these arguments.
    """
    with _reporting(debug=False):
        from jaxlint.session import record as run

        ctx.exit(run(command, output))


def _with(*groups: Sequence[Decorator]) -> Decorator:
    """Apply options in the order in which they are written."""

    def decorate(function: Any) -> Any:
        for one in reversed([one for group in groups for one in group]):
            function = one(function)
        return function

    return decorate


@click.command("trace", cls=Grouped, short_help="Trace the code with the real JAX.")
@_with(_LINTING, _TRACING)
@click.pass_context
def trace(ctx: click.Context, /, **values: Any) -> None:
    """Lint, then trace what is suspected with the real JAX: findings are confirmed or not reproduced.

    This imports your code and runs what it does on import, in worker processes. PATHS may name a
    function: `src/model.py::train_step`.
    """
    with _reporting(debug=values["debug"]):
        from jaxlint.session import Arguments, check

        ctx.exit(check(Arguments(**values, trace=True)))


@click.command(
    "jaxlint",
    cls=Program,
    commands=[rule, trace, record],
    sections={"Examples": EXAMPLES, "Exit codes": EXIT_CODES},
    context_settings={"max_content_width": 100},
)
@_with(_LINTING, _FIXING)
@option(
    "--trace",
    group=_TRACE,
    is_flag=True,
    help="As `jaxlint trace`: import the code, and trace it with the real JAX.",
)
@_with(_TRACING)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def program(ctx: click.Context, /, **values: Any) -> None:
    """Find the places where Python code breaks the rules of JAX's tracing.

    PATHS are files and folders, the current folder by default; `-` is standard input. The code is
    read and never run, and JAX need not be installed.
    """
    with _reporting(debug=values["debug"]):
        _refuse_commands(values["paths"])
        from jaxlint.session import Arguments, check

        ctx.exit(check(Arguments(**values)))


def _refuse_commands(paths: Sequence[str]) -> None:
    """Help somebody who wrote what looks like a command where there is no such path."""
    if not paths or paths[0] == "-" or os.path.lexists(paths[0]):
        return
    if paths[0] in {"check", "lint"}:
        hint = "; to lint, name the paths alone, as in `jaxlint src`"
    else:
        hint = nearest(paths[0], filter(None, program.commands))
    if hint:
        raise UsageError(f"{paths[0]}: no such file or folder{hint}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with ``argv`` and return the exit code."""
    try:
        code = program.main(None if argv is None else list(argv), "jaxlint", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return code if isinstance(code, int) else 0


@contextmanager
def _reporting(*, debug: bool) -> Iterator[None]:
    """Turn errors into one line and exit code 2; bugs of jaxlint, too, unless ``debug``."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit):
        raise
    except JaxlintError as error:
        raise _Failure(error.message) from error
    except Exception as error:
        if debug:
            import traceback

            traceback.print_exc()
        reason = " ".join(str(error).split())
        hint = "" if debug else " (a bug in jaxlint; --debug shows where)"
        raise _Failure(f"internal error: {type(error).__name__}: {reason}{hint}") from error


class _Failure(click.ClickException):
    """Ends the command with a line on standard error and exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        del file
        from jaxlint.output.terminal import complain

        complain(self.message)
