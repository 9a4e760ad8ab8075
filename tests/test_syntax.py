"""The two ways to the lowered tree: from Python's own tree, and from LibCST's."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from jaxlint import check_paths
from jaxlint.syntax import nodes as n
from jaxlint.syntax.parsing import NotPython, is_valid, parse, parse_with_libcst
from jaxlint.syntax.walk import walk

ROOT = Path(__file__).parent.parent

EVERYTHING = '''
"""Docstring."""
from __future__ import annotations
import a.b, c.d as e
from . import f
from ..g.h import (i, j as k)
from l import *

@m(1)
@o
async def p(q: "Q", /, r: int = 1, *s: *t, u, w=2, **x: y) -> z[0]:
    global aa; nonlocal bb
    async with cc() as (dd, *ee), ff:
        async for gg in hh: await ii
        else: pass
    return [jj async for jj in kk if ll if mm], (yield), (yield from nn)

class oo(pp, *qq, rr=ss, **tt):
    uu: vv = 1
    ww: xx
    def yy(self): self.zz.append(self); self.a[1] += [2]; return self

if ab: pass
elif ac: ad
else:
    if ae: af
    elif ag: ah
    else: ai
while aj and ak or al and (am and an) and ao:
    if ap: break
    else: continue
else: aq
for ar, (at, *au) in av, aw: del ax, (ay, az)[0]
del (ba, bb)
del (bc, bd), be
try: bf
except bg: bh
except (bi, bj) as bk: bl
else: bm
finally: bn
with (bo as bp, bq): br
match bs, *bt:
    case 1 | -2.5 | "x" | None | True: 1
    case [bu, *bv, _]: 2
    case {"k": bw, **bx}: 3
    case By(bz, ca=cb, cc=[cd]) as ce if cf: 4
    case (cg): 5
    case _: 6
ch = ci = cj[ck, cl:cm:cn, ...][co,][:, None][*cp][(cq, cr)]
cs, [ct, *cu] = cv
cw.cx[cy] @= cz
x @= 1; x **= 2; x //= 3; x >>= 4; x |= 5; x %= 6
da: db
(dc := dd)
assert de, df
raise dg from dh
raise
lambda di, /, dj=1, *dk, dl=2, **dm: (dn, di)
lambda: (yield)
do(dp, *dq, dr=ds, *dt, **du)
dv(dw for dw in dx)
{1, *dy}, {1: 2, **dz}, [*ea], (*eb,), ()
{ec: ed for ec, ed in ee}, {ef for ef in eg}
eh if ei else ej
ek < el <= em != en is not eo not in ep is eq in er == es > et >= eu
-ev ** +ew, ~ex, not ey, ez + fa - fb * fc / fd // fe % ff @ fg << fh >> fi & fj | fk ^ fl
f"a{fm}b{fn!r}c{fo:>{fp}.{fq}}d{fr=}e{fs=:3}" "g" f"{ft}" + f"" + "" f"h"
"a" "b" \\
    'c', b"d" rb"\\e", r"\\f", u"g", """h
i""", "\\N{DIGIT ONE}\\x41", """"""
1_000, 0x_FF, 0o17, 0b1, 1e5, 1_0.5, 3j, True, False, None, ..., __debug__
'''


def texts() -> list[Path]:
    """Files whose lowered trees are compared: some fixtures, and some of jaxlint itself."""
    return [*sorted((ROOT / "fixtures").rglob("*.py")), *sorted((ROOT / "jaxlint").rglob("*.py"))][::9]


def assert_same(one: Any, other: Any, path: str = "") -> None:
    """Compare two lowered trees, without what their nodes come from."""
    assert type(one) is type(other), path
    if isinstance(one, (tuple, list)):
        assert len(one) == len(other), path
        for index, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{path}[{index}]")
    elif is_dataclass(one):
        for field in fields(one):
            parts = [getattr(one, field.name), getattr(other, field.name)]
            if field.name == "nested":
                parts = [[code.name for code in part] for part in parts]
            if field.name not in {"origin", "usage"}:
                assert_same(parts[0], parts[1], f"{path}.{field.name}")
    else:
        assert one == other, path


@pytest.mark.skipif(sys.version_info < (3, 11), reason="this Python cannot read x[*y]")
def test_every_form_is_lowered_alike() -> None:
    """Whichever parser read a file, the interpreter sees the same program."""
    assert is_valid(EVERYTHING)
    assert_same(parse(EVERYTHING), parse_with_libcst(EVERYTHING))


def test_programs_are_lowered_alike() -> None:
    """Whichever parser read a file, the interpreter sees the same program."""
    for path in texts():
        text = path.read_text(encoding="utf-8")
        if is_valid(text):
            assert_same(parse(text), parse_with_libcst(text), str(path))


def test_nodes_lead_to_those_of_libcst() -> None:
    """A node that was lowered from Python's tree has the LibCST node that it stands for."""
    text = "if (x  +  1) :  f(x ,* y)  # z\n"
    module: Any = parse(text).cst
    assert module.code == text
    found = [module.code_for_node(node.cst) for node in walk(parse(text)) if isinstance(node, n.Argument)]
    assert found == ["* y", "x ,"]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads it")
def test_what_this_python_cannot_read_is_read_by_libcst() -> None:
    """A file may be written for a newer version of Python."""
    text = "try: a\nexcept B, C: d\n"
    assert not is_valid(text)
    assert [type(node) for node in parse(text).body] == [n.Try]


@pytest.mark.parametrize("text", ["x = = 1\n", "b'\u00e9'\n", "'\\N{nobody}'\n"])
def test_what_is_not_python_is_said_to_be_none(text: str) -> None:
    """Whatever fails in reading it, a parser or the value of a literal."""
    with pytest.raises(NotPython):
        parse(text)


def test_what_libcst_cannot_read_is_analysed_all_the_same(tmp_path: Path) -> None:
    """Only where something is to be said of the file does it matter that LibCST knows no places in it."""
    (tmp_path / "jaxlint.toml").touch()
    (tmp_path / "a.py").write_text("import jax\n\n(x): int = 1\n")
    assert check_paths([tmp_path]) == []
    (tmp_path / "a.py").write_text("import jax\n\n(x): int = 1\njax.jit(lambda y: 1 if y > 0 else 2)(2.0)\n")
    (found,) = check_paths([tmp_path])
    assert found.code == "JAX001"
    assert "the parser cannot read it, though Python can" in found.message


def test_a_run_that_finds_nothing_does_without_libcst(tmp_path: Path) -> None:
    """Importing LibCST takes longer than reading most projects."""
    (tmp_path / "jaxlint.toml").touch()
    (tmp_path / "a.py").write_text("import jax\n\n@jax.jit\ndef f(x):\n    return x + 1\n")
    program = """
        import sys
        from jaxlint import check_paths
        print(check_paths([sys.argv[1]]), "libcst" in sys.modules)
    """
    command = [sys.executable, "-c", dedent(program), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "False"]
