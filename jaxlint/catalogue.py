"""The rules, as their pages under ``rules/`` state them, and how users name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from jaxlint.diagnostics import Diagnostic, Fix, Level, Note, Span
from jaxlint.errors import CatalogueError, ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FixKind = Literal["none", "safe", "unsafe"]

ALL = "ALL"
"""Selects every rule."""
DEFAULT = "DEFAULT"
"""Selects every rule whose level is not info."""

_FENCE = "---"
_SHAPES = {
    "code": re.compile(r"JAX\d{3}"),
    "name": re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"),
    "level": re.compile("error|warning|info"),
    "fix": re.compile("none|safe|unsafe"),
    "since": re.compile(r"\d+\.\d+(\.\d+)?"),
    "raises": re.compile(r"[A-Za-z_][\w.]*"),
    "message": re.compile(r".+"),
    "help": re.compile(r".+"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, read from its page.

    ``raises`` is the exception that JAX raises (None: silent); ``text`` is the page without its front
    matter; ``message`` and ``help`` are templates whose ``{names}`` a check fills in.
    """

    code: str
    name: str
    level: Level
    fix: FixKind
    since: str
    raises: str | None
    message: str
    help: str | None
    text: str

    @property
    def by_tracing(self) -> bool:
        """Whether only ``jaxlint trace`` can report this rule, so that its absence proves nothing."""
        return self.code.startswith("JAX75")

    def diagnostic(
        self,
        span: Span,
        *,
        notes: tuple[Note, ...] = (),
        fix: Fix | None = None,
        level: Level | None = None,
        **names: object,
    ) -> Diagnostic:
        """Return a diagnostic of this rule at ``span``, with ``names`` put into message and help."""
        return Diagnostic(
            code=self.code,
            name=self.name,
            level=level or self.level,
            message=self._fill(self.message, names),
            span=span,
            notes=notes,
            help=None if self.help is None else self._fill(self.help, names),
            fix=fix,
        )

    def _fill(self, template: str, names: Mapping[str, object]) -> str:
        try:
            return template.format_map(names)
        except KeyError as error:
            raise CatalogueError(
                f"{self.code}: the template {template!r} asks for {error}, which the check does not give"
            ) from None


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Rule]:
    """Return every rule by code, in the order of the codes (read once, then cached)."""
    return MappingProxyType(read_rules(_pages()))


def find_rule(word: str) -> Rule | None:
    """Return the rule with this code or name, whatever its case, or None."""
    rules = catalogue()
    if rule := rules.get(word.upper()):
        return rule
    return next((rule for rule in rules.values() if rule.name == word.lower()), None)


def select(selectors: Iterable[str], rules: Mapping[str, Rule] | None = None) -> dict[str, int]:
    """Return the codes that the selectors name, each with how specific the best selector is.

    A selector is a code, a prefix of codes, a name, ``ALL`` or ``DEFAULT``. One that names no rule is a
    ConfigError with the nearest that does.
    """
    rules = catalogue() if rules is None else rules
    found: dict[str, int] = {}
    for selector in selectors:
        specificity, codes = _match(selector, rules)
        for code in codes:
            found[code] = max(specificity, found.get(code, -1))
    return found


def _match(selector: str, rules: Mapping[str, Rule]) -> tuple[int, list[str]]:
    prefix = selector.upper()
    if prefix == ALL:
        return 1, list(rules)
    if prefix == DEFAULT:
        return 0, [code for code, rule in rules.items() if rule.level is not Level.INFO]
    if re.fullmatch(r"JAX\d*", prefix):
        codes = [code for code in rules if code.startswith(prefix)]
    else:
        codes = [code for code, rule in rules.items() if rule.name == selector.lower()]
        prefix = "".join(codes)
    if not codes:
        names = [rule.name for rule in rules.values()]
        raise ConfigError(f"`{selector}` names no rule{nearest(selector, [*rules, *names, ALL, DEFAULT])}")
    return len(prefix), codes


def _pages() -> Path:
    """Find the pages: in an installed wheel beside this module, in a checkout next to the package."""
    here = Path(__file__).parent
    for folder in (here / "pages", here.parent / "rules"):
        if folder.is_dir():
            return folder
    raise CatalogueError(f"the rule pages are missing: no {here / 'pages'}")


def read_rules(folder: Path) -> dict[str, Rule]:
    """Read every page in ``folder``; a page that breaks the format is a CatalogueError."""
    rules: dict[str, Rule] = {}
    names: dict[str, Path] = {}
    for path in sorted(folder.glob("JAX*.md")):
        rule = read_rule(path)
        if rule.name in names:
            raise CatalogueError(f"{path}: the name `{rule.name}` is taken by {names[rule.name].name}")
        names[rule.name] = path
        rules[rule.code] = rule
    return rules


def read_rule(path: Path) -> Rule:
    """Read one page: front matter between two ``---`` lines, then Markdown."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from error
    values, end = _front_matter(path, lines)
    if values["code"] != path.stem:
        raise CatalogueError(f"{path}: the page states the code `{values['code']}`, its file name another")
    return Rule(
        code=values["code"],
        name=values["name"],
        level=Level(values["level"]),
        fix=cast("FixKind", values["fix"]),
        since=values["since"],
        raises=None if values["raises"] == "none" else values["raises"],
        message=values["message"],
        help=None if values["help"] == "none" else values["help"],
        text="\n".join(lines[end:]).strip() + "\n",
    )


def _front_matter(path: Path, lines: list[str]) -> tuple[dict[str, str], int]:
    """Return the values of the front matter and the number of lines that it takes."""
    if not lines or lines[0] != _FENCE:
        raise CatalogueError(f"{path}:1: a rule page starts with `---`")
    values: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line == _FENCE:
            if missing := [key for key in _SHAPES if key not in values]:
                raise CatalogueError(f"{path}:{number}: the front matter lacks `{missing[0]}`")
            return values, number
        try:
            key, value = _entry(line, values)
        except ValueError as error:
            raise CatalogueError(f"{path}:{number}: {error}") from None
        values[key] = value
    raise CatalogueError(f"{path}:{len(lines)}: the front matter has no closing `---`")


def _entry(line: str, before: Mapping[str, str]) -> tuple[str, str]:
    """Read one ``key: value`` line that follows others; ValueError says what is wrong with it."""
    key, colon, value = line.partition(":")
    if not colon or key != key.strip():
        raise ValueError(f"`{line}` is not `key: value`")
    if key not in _SHAPES:
        raise ValueError(f"`{key}` is no key of a rule page{nearest(key, _SHAPES)}")
    if key in before:
        raise ValueError(f"`{key}` is given twice")
    value = value.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if not _SHAPES[key].fullmatch(value):
        raise ValueError(f"`{value}` is no valid `{key}`")
    if key in {"message", "help"}:
        _check_template(value)
    return key, value


def _check_template(template: str) -> None:
    """Accept only ``{name}``: no positions, attributes, conversions or formats; else ValueError."""
    for _, name, spec, conversion in Formatter().parse(template):
        if name is not None and (not name.isidentifier() or spec or conversion):
            raise ValueError(f"`{{{name}}}` in a template must be a plain name")
