"""From the raw diagnostics of a project to what is shown.

Selection, levels and suppression happen here and nowhere else, after all checks. That is how
suppression comments that suppress nothing are found.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from jaxlint.catalogue import catalogue
from jaxlint.diagnostics import Diagnostic, Edit, Fix, Level, Position, Span
from jaxlint.options import OFF
from jaxlint.source import Named, SourceError, Suppression, read_source, remarks, split_lines, suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jaxlint.files import Project

_SYNTAX, _UNUSED, _UNKNOWN = "JAX001", "JAX002", "JAX003"
_OURS = re.compile(r"JAX\d*", re.IGNORECASE)


def shown(project: Project, raw: Iterable[Diagnostic], *, complete: bool = True) -> tuple[Diagnostic, ...]:
    """Return what is to be shown of ``raw``: asked for, selected, not suppressed, in order, once.

    Unused and unknown suppression comments (JAX002, JAX003) are added. ``complete`` is False when the
    analysis failed somewhere: then nothing can be said about unused comments.
    """
    policy = _Policy(project)
    by_file: dict[Path, list[Diagnostic]] = defaultdict(list)
    for diagnostic in _once(raw):
        if diagnostic.span.path in project.report:
            by_file[diagnostic.span.path].append(diagnostic)
    found = [
        diagnostic
        for path in sorted(project.report)
        for diagnostic in _file(project, policy, path, by_file[path], complete=complete)
    ]
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.sort_key))


def _once(raw: Iterable[Diagnostic]) -> Iterable[Diagnostic]:
    """Keep one of several reports of the same thing, such as a helper's that two functions trace.

    The gravest is kept, and of these the one with the shortest explanation.
    """
    kept: dict[object, Diagnostic] = {}
    for diagnostic in sorted(raw, key=_weight):
        kept.setdefault((diagnostic.code, diagnostic.span), diagnostic)
    return kept.values()


def _weight(diagnostic: Diagnostic) -> tuple[int, int, str, list[str]]:
    notes = [note.message for note in diagnostic.notes]
    return list(Level).index(diagnostic.level), len(notes), diagnostic.message, notes


class _Policy:
    """Which codes are on in which file, and at which level."""

    def __init__(self, project: Project) -> None:
        """Work out the configuration once for all files."""
        self._project = project
        self._enabled = project.config.enabled()
        self._ignored = project.config.file_ignores()
        self._levels = {
            code: Level(level)
            for code in self._enabled
            if (level := project.config.level_of(code)) not in {None, OFF}
        }

    def enabled(self, path: Path) -> frozenset[str]:
        """Return the codes that are on in a file."""
        return frozenset(self._enabled) - self._ignored(self._project.relative(path))

    def admit(self, diagnostic: Diagnostic, enabled: frozenset[str]) -> Diagnostic | None:
        """Return the diagnostic at its configured level, or None where it is switched off."""
        code = diagnostic.code
        if code not in enabled:
            return None
        # Some rules report unimportant cases at level info, which is off unless asked for.
        if diagnostic.level is Level.INFO and not self._enabled[code]:
            return None
        level = self._levels.get(code, diagnostic.level)
        return diagnostic if level is diagnostic.level else replace(diagnostic, level=level)


def _file(
    project: Project, policy: _Policy, path: Path, raw: list[Diagnostic], *, complete: bool
) -> Iterator[Diagnostic]:
    enabled = policy.enabled(path)
    try:
        text = read_source(path, project.overrides.get(path)).text
    except SourceError:
        text = ""
    comments = _Comments(path, text)
    # What could not be parsed was not analysed either.
    judged = complete and all(diagnostic.code != _SYNTAX for diagnostic in raw)
    return _suppress(comments, policy, raw, enabled, judged=judged)


_SHARED_KEYS = frozenset({"JAX601", "JAX602", "JAX608"})
_SAME = re.compile(
    r"\b(?:same|identical|common|re-?us(?:e|es|ed|ing)(?: of)?(?: the)?)\b(?: \w+)? "
    r"(?:(?:prng|rng|random)\W?)?(?:keys?|rngs?|seeds?|random(?:ness| numbers?)?|noise)\b"
    r"|\b(?:keys?|rngs?|seeds?) (?:re-?use|sharing)\b",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\b(?:todo|fixme|bug|bad|wrong|beware|avoid|never|not|different)\b|n't\b|\?", re.IGNORECASE
)


def _is_said(text: str, diagnostic: Diagnostic) -> bool:
    """Whether a comment at one of the two uses of a key says that both shall have the same numbers."""
    if diagnostic.code not in _SHARED_KEYS:
        return False
    spans = [diagnostic.span, *(note.span for note in diagnostic.notes if note.span is not None)]
    said = (remarks(text, span.start.row) for span in spans if span.path == diagnostic.span.path)
    return any(_SAME.search(words) and not _REFUSED.search(words) for words in said)


def _suppress(
    comments: _Comments,
    policy: _Policy,
    diagnostics: list[Diagnostic],
    enabled: frozenset[str],
    *,
    judged: bool,
) -> Iterator[Diagnostic]:
    """Drop what comments suppress, then report on the comments themselves."""

    def remaining(candidates: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        for candidate in candidates:
            # Asked first, so that a comment over a diagnostic that is hidden by its level counts as used.
            suppressed = comments.suppress(candidate) or _is_said(comments.text, candidate)
            admitted = policy.admit(candidate, enabled)
            if admitted is not None and not suppressed:
                yield admitted

    yield from remaining([*diagnostics, *comments.unknown()])
    if judged:
        # Comments that name JAX002 itself can only be judged after all others.
        others = comments.unused(enabled - {_UNUSED})
        yield from remaining(list(others))
        if _UNUSED in enabled:
            yield from comments.unused(frozenset({_UNUSED}))


@dataclass(slots=True)
class _Entry:
    """One code of one comment: the rules it stands for and whether it suppressed anything."""

    comment: Suppression
    named: Named
    codes: frozenset[str]
    used: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether the code is meant for jaxlint; ``# noqa`` is shared with other tools."""
        return self.comment.tool == "jaxlint" or _OURS.fullmatch(self.named.text) is not None


@dataclass(slots=True)
class _Comments:
    """The suppression comments of one file, and what became of them."""

    path: Path
    text: str
    entries: list[_Entry] = field(init=False)
    by_row: dict[int | None, list[_Entry]] = field(init=False)
    blanket: set[int | None] = field(init=False)
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Read the comments, and note by row what they cover (None: all rows)."""
        found = suppressions(self.text)
        self.lines = split_lines(self.text) if found else []
        self.blanket = {row for comment in found if _is_blanket(comment) for row in comment.reach()}
        self.entries = [
            _Entry(comment, named, _meaning(named.text)) for comment in found for named in comment.codes
        ]
        self.by_row = defaultdict(list)
        for entry in self.entries:
            for row in entry.comment.reach():
                self.by_row[row].append(entry)

    def suppress(self, diagnostic: Diagnostic) -> bool:
        """Whether a comment suppresses the diagnostic; every one that does counts as used."""
        rows = (diagnostic.span.start.row, None)
        hits = [entry for row in rows for entry in self.by_row.get(row, ()) if diagnostic.code in entry.codes]
        for entry in hits:
            entry.used = True
        return bool(hits) or not self.blanket.isdisjoint(rows)

    def unknown(self) -> Iterator[Diagnostic]:
        """Yield JAX003 for each code of ours that no rule has."""
        rule = catalogue().get(_UNKNOWN)
        for entry in self.entries:
            if rule is not None and not entry.codes and entry.is_ours:
                yield rule.diagnostic(self._span(entry), code=entry.named.text)

    def unused(self, judged: frozenset[str]) -> Iterator[Diagnostic]:
        """Yield JAX002 for each code that suppressed nothing although all its rules are ``judged``."""
        rule = catalogue().get(_UNUSED)
        if rule is None:
            return
        unused = [entry for entry in self.entries if self._is_unused(entry, judged)]
        for _, group in groupby(unused, key=lambda entry: id(entry.comment)):
            siblings = list(group)
            for entry in siblings:
                fix = Fix(
                    f"Remove `{entry.named.text}` from the comment", (self._edit(entry, siblings),), safe=True
                )
                yield rule.diagnostic(self._span(entry), fix=fix, code=entry.named.text)

    @staticmethod
    def _is_unused(entry: _Entry, judged: frozenset[str]) -> bool:
        rules = catalogue()
        codes = {code for code in entry.codes if not rules[code].by_tracing}
        return not entry.used and bool(codes) and codes <= judged

    def _span(self, entry: _Entry) -> Span:
        row = entry.comment.row
        return Span(self.path, Position(row, entry.named.start), Position(row, entry.named.end))

    def _edit(self, entry: _Entry, unused: list[_Entry]) -> Edit:
        """Remove a code; the edits of several unused codes of one comment do not overlap or are the same."""
        codes = entry.comment.codes
        gone = {other.named for other in unused}
        if gone.issuperset(codes):
            return self._without_comment(entry.comment)
        index = codes.index(entry.named)
        if any(code not in gone for code in codes[index + 1 :]):
            start, end = entry.named.start, codes[index + 1].start
        else:
            start, end = codes[index - 1].end, entry.named.end
        row = entry.comment.row
        return Edit(Span(self.path, Position(row, start), Position(row, end)), "")

    def _without_comment(self, comment: Suppression) -> Edit:
        """Remove a directive, with the space before it and, where nothing else is there, its line."""
        line = self.lines[comment.row - 1]
        body = line.rstrip("\r\n")
        before, after = body[: comment.column - 1], body[comment.end_column - 1 :]
        start, end = Position(comment.row, comment.column), Position(comment.row, comment.end_column)
        content = ""
        if not after.strip():
            start = Position(comment.row, len(before.rstrip()) + 1)
            end = Position(comment.row, len(body) + 1)
            if not before.strip() and body != line:
                start, end = Position(comment.row, 1), Position(comment.row + 1, 1)
        else:
            spaces = len(after) - len(after.lstrip())
            end = Position(comment.row, comment.end_column + spaces)
            # A remark stays, as a comment.
            content = "" if after.lstrip().startswith("#") else "# "
        return Edit(Span(self.path, start, end), content)


def _is_blanket(comment: Suppression) -> bool:
    """Whether a comment suppresses everything.

    To flake8 words after ``# noqa:`` that are no codes do not limit it; to us the name of a rule does.
    """
    if comment.tool != "noqa":
        return not comment.codes
    return all("-" in named.text and not _meaning(named.text) for named in comment.codes)


def _meaning(word: str) -> frozenset[str]:
    """Return the codes of the rules that a code, prefix or name in a comment stands for."""
    rules = catalogue()
    if _OURS.fullmatch(word):
        return frozenset(code for code in rules if code.startswith(word.upper()))
    return frozenset(code for code, rule in rules.items() if rule.name == word.lower())
