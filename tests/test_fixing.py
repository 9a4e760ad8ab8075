"""Fixes applied: to texts, in rounds, to files; nothing else of a file changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from jaxlint.diagnostics import Diagnostic, Edit, Fix, Level, Position, Span
from jaxlint.fixing import files
from jaxlint.fixing.apply import apply
from jaxlint.fixing.rounds import MAX_ROUNDS, Judge, settle
from jaxlint.source import Source, read_source

FILE = Path("/project/a.py")


def span(start: tuple[int, int], end: tuple[int, int], path: Path = FILE) -> Span:
    """A range by rows and columns."""
    return Span(path, Position(*start), Position(*end))


def fix(*edits: tuple[tuple[int, int], tuple[int, int], str], region: Span | None = None) -> Fix:
    """A fix that makes these edits."""
    return Fix("fix", tuple(Edit(span(start, end), text) for start, end, text in edits), True, region)


class TestApply:
    """Edits change their own ranges and nothing else."""

    def test_replaces_inserts_and_removes(self) -> None:
        """The three kinds of edit, on several rows."""
        text = "alpha beta\ngamma delta\n"
        fixes = [fix(((2, 7), (2, 12), "d")), fix(((1, 1), (1, 1), "0 ")), fix(((1, 6), (1, 11), ""))]
        assert apply(text, fixes) == "0 alpha\ngamma d\n"

    def test_first_of_two_that_overlap_wins(self) -> None:
        """Whatever the order in which they come."""
        early, late = fix(((1, 1), (1, 4), "X")), fix(((1, 3), (1, 6), "Y"))
        assert apply("abcdef", [late, early]) == apply("abcdef", [early, late]) == "Xdef"

    def test_a_fix_is_applied_whole_or_not_at_all(self) -> None:
        """One edit that collides keeps the others back."""
        early, late = fix(((1, 1), (1, 2), "X")), fix(((1, 1), (1, 1), "0"), ((1, 6), (1, 7), "Y"))
        assert apply("abcdef", [early, late]) in {"Xbcdef", "0abcdeY"}

    def test_insertions_at_one_place_wait_for_each_other(self) -> None:
        """The second may be wrong once the first is there."""
        assert apply("abc", [fix(((1, 1), (1, 1), "x")), fix(((1, 1), (1, 1), "y"))]) == "xabc"

    def test_the_same_fix_twice_is_one(self) -> None:
        """Several findings can have one cause."""
        assert apply("abc", [fix(((1, 1), (1, 2), "x")), fix(((1, 1), (1, 2), "x"))]) == "xbc"

    def test_neighbours_go_together(self) -> None:
        """Where one range ends another may start."""
        assert apply("abcd", [fix(((1, 1), (1, 3), "x")), fix(((1, 3), (1, 5), "y"))]) == "xy"

    def test_a_region_belongs_to_one_fix(self) -> None:
        """What a fix counts on does not change in the same round."""
        own = fix(((1, 1), (1, 2), "x"), region=span((1, 1), (2, 1)))
        inside, outside = fix(((1, 3), (1, 4), "y")), fix(((2, 1), (2, 2), "z"))
        assert apply("abc\ndef\n", [own, inside, outside]) == "xbc\nzef\n"

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_line_ends_stay(self, newline: str) -> None:
        """New lines end like the others, and the last one as it did."""
        text = f"a{newline}b"
        assert apply(text, [fix(((2, 1), (2, 1), "x\n"))], newline) == f"a{newline}x{newline}b"

    def test_rows_are_those_of_python(self) -> None:
        """A form feed or a line separator inside a line does not start another."""
        text = "a\x0cb\u2028c\nd\n"
        assert apply(text, [fix(((2, 1), (2, 2), "x"))]) == "a\x0cb\u2028c\nx\n"

    def test_the_end_of_the_text(self) -> None:
        """Removing the last line reaches just behind it."""
        assert apply("a\nb\n", [fix(((2, 1), (3, 1), ""))]) == "a\n"


def found(*fixes: Fix) -> list[Diagnostic]:
    """One diagnostic for each fix."""
    at = span((1, 1), (1, 2))
    return [Diagnostic("JAX201", "item-assignment", Level.ERROR, "text", at, fix=one) for one in fixes]


def judge(text: str, **changes: Callable[..., object]) -> Judge:
    """A judge for whom all is well."""
    settings: dict[str, Callable[..., object]] = {
        "wants": lambda _: True,
        "read": lambda path: Source(path, text, "utf-8", "\n"),
        "obstacle": lambda _: None,
        "parses": lambda _: True,
    }
    return Judge(**{**settings, **changes})  # type: ignore[arg-type]  # callables of the right form


class TestRounds:
    """Texts are linted again until nothing changes."""

    def test_until_nothing_changes(self) -> None:
        """What waits in one round is applied in the next."""
        first, second = fix(((1, 1), (1, 2), "x")), fix(((1, 1), (1, 1), "y"))

        def lint(texts: Mapping[Path, str]) -> Sequence[Diagnostic]:
            return found(fix(((1, 1), (1, 1), "y"))) if texts[FILE] == "xb" else []

        assert settle(found(first, second), lint, judge("ab")).texts[FILE] in {"yxb", "yab"}

    def test_endless_changes_end(self) -> None:
        """Fixes that undo each other stop after a while, with a message."""
        rounds = []

        def lint(texts: Mapping[Path, str]) -> Sequence[Diagnostic]:
            rounds.append(texts[FILE])
            return found(fix(((1, 1), (1, 2), "b" if texts[FILE] == "a" else "a")))

        settled = settle(found(fix(((1, 1), (1, 2), "b"))), lint, judge("a"))
        assert len(rounds) == MAX_ROUNDS
        assert settled.left == {FILE: f"its fixes still change it after {MAX_ROUNDS} rounds"}

    def test_what_would_not_parse_is_left_as_it_was(self) -> None:
        """Right changes of earlier rounds go with it: something is wrong here."""

        def lint(texts: Mapping[Path, str]) -> Sequence[Diagnostic]:
            return found(fix(((1, 1), (1, 2), "("))) if texts else []

        settled = settle(found(fix(((1, 1), (1, 2), "b"))), lint, judge("a", parses=lambda text: text != "("))
        assert (settled.texts, settled.left) == ({}, {FILE: "its fixes would leave what is no Python"})

    def test_other_files_are_not_touched(self) -> None:
        """A fix may only change the file that its diagnostic is about."""
        other = Fix("fix", (Edit(span((1, 1), (1, 2), Path("/elsewhere.py")), "x"),), safe=True)
        assert settle(found(other), lambda _: [], judge("a")).texts == {}


class TestFiles:
    """Files are replaced at once, and keep what does not change."""

    @pytest.mark.parametrize(
        ("data", "fixed"),
        [
            (b"a = 1\r\nb = 2\r\n", b"A = 1\r\nb = 2\r\n"),
            (b"\xef\xbb\xbfa = '\xc3\xa4'", b"\xef\xbb\xbfA = '\xc3\xa4'"),
            (b"#coding: latin-1\n#\xe4", b"Acoding: latin-1\n#\xe4"),
            (b"a = 1\rb = 2\x0c\n", b"A = 1\rb = 2\x0c\n"),
        ],
    )
    def test_bytes_stay(self, tmp_path: Path, data: bytes, fixed: bytes) -> None:
        """Encoding, byte order mark, line ends and the last line are as before."""
        path = tmp_path / "a.py"
        path.write_bytes(data)
        source = read_source(path)
        assert files.obstacle(path) is None
        assert files.write(source, apply(source.text, [fix(((1, 1), (1, 2), "A"))])) is None
        assert path.read_bytes() == fixed
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.skipif(os.name == "nt", reason="permission bits are those of POSIX")
    def test_permission_bits_stay(self, tmp_path: Path) -> None:
        """A script stays executable."""
        path = tmp_path / "a.py"
        path.write_text("a")
        path.chmod(0o751)
        assert files.write(read_source(path), "b") is None
        assert (path.read_text(), path.stat().st_mode & 0o777) == ("b", 0o751)

    def test_a_read_only_file_is_left(self, tmp_path: Path) -> None:
        """Replacing it would be possible, but is not what its owner wants."""
        path = tmp_path / "a.py"
        path.write_text("a")
        path.chmod(0o444)
        assert files.obstacle(path) == "it is read-only"

    def test_a_link_is_left(self, tmp_path: Path) -> None:
        """What it leads to may be somewhere else altogether."""
        (tmp_path / "real.py").write_text("a")
        link = tmp_path / "link.py"
        link.symlink_to("real.py")
        assert "it is a link" in (files.obstacle(link) or "")

    def test_a_file_that_has_changed_is_left(self, tmp_path: Path) -> None:
        """An editor may have saved it while we were thinking."""
        path = tmp_path / "a.py"
        path.write_text("a")
        source = read_source(path)
        path.write_text("c")
        assert files.write(source, "b") == "it has changed meanwhile"
        assert path.read_text() == "c"

    def test_a_failure_leaves_the_old_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """And no other file beside it."""
        path = tmp_path / "a.py"
        path.write_text("a")

        def fail(*_: object) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(os, "fsync", fail)
        assert files.write(read_source(path), "b") == "no space left"
        assert (path.read_text(), list(tmp_path.iterdir())) == ("a", [path])

    def test_diff(self) -> None:
        """As `patch` reads it, also where the last line has no end."""
        assert files.diff("a.py", "a\nb", "a\nc") == (
            "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n"
            "+c\n\\ No newline at end of file\n"
        )
