"""A key that is used twice is split before its first use."""

from __future__ import annotations

from collections.abc import Sequence

from jaxlint.edits.names import numbered, spelling
from jaxlint.edits.rewrite import InsertBefore, Replace, Rewrite
from jaxlint.edits.spots import Block, Spot, bound_by, find_spot, mentions, statements, walrus_names
from jaxlint.syntax import nodes as n
from jaxlint.syntax.walk import walk

SUBKEY = "subkey"


def split_first(
    module: n.Code, inside: Sequence[n.Code], first: n.Node | None, second: n.Node | None
) -> Rewrite | None:
    """Split a variable before the statement of its first use, which gets the new key.

    ``first`` and ``second`` are the arguments, ``inside`` the function and those around it. All that comes
    after finds in the variable a key that nothing has used, as it would have done without the first use.
    Where the variable is needed once more, after the second use or in the next round of a loop, the second
    use gets a key of its own as well. None where that would not be right, or not be local.
    """
    code = inside[0]
    if not isinstance(first, n.Name) or not isinstance(second, n.Name) or first.id != second.id:
        return None
    name = first.id
    split = spelling(module, inside, "jax.random.split")
    one, other = find_spot(code, first), find_spot(code, second)
    if split is None or one is None or other is None or not _is_own(code, name):
        return None
    order = list(statements(code.body))
    start, end = order.index(one.statement), order.index(other.statement)
    if start > end or any(name in bound_by(statement) for statement in order[start:end]):
        return None
    if name in walrus_names(other.statement):
        return None
    uses = [(one, first)]
    if _is_needed_again(name, other, order[end:]):
        if start < end:
            uses.append((other, second))
        elif _is_carried(name, other):
            return None
    subkey = next(
        free
        for free in numbered(SUBKEY)
        if free != name and all(_is_dead(free, code, spot, order) for spot, _ in uses)
    )
    changes = [
        change
        for spot, node in uses
        for change in (
            InsertBefore(spot.statement, f"{name}, {subkey} = {split}({name})"),
            Replace(node, (subkey,)),
        )
    ]
    return Rewrite(f"Split `{name}` before its first use", tuple(changes), safe=False, code=code)


def _is_own(code: n.Code, name: str) -> bool:
    """Whether a name is a variable of the function, of which no function inside knows."""
    if name not in code.bound:
        return False
    nested = (part for part in walk(code) if isinstance(part, n.Code) and part is not code)
    return not any(name in part.free or name in part.nonlocal_names | part.global_names for part in nested)


def _is_needed_again(name: str, last: Spot, rest: Sequence[n.Stmt]) -> bool:
    """Whether the variable is read after the statement of the last use, which comes first in ``rest``."""
    if name in bound_by(last.statement):
        return False
    if mentions(last.statement, name) > 1 or _is_carried(name, last):
        return True
    return any(mentions(statement, name) for statement in rest[1:])


def _is_carried(name: str, spot: Spot) -> bool:
    """Whether a loop around finds in the variable what its last round has left there."""
    blocks, loop = spot.loop_blocks, spot.loop
    if blocks is None or loop is None or name in bound_by(loop):
        return False
    return not any(name in bound_by(statement) for block in blocks for statement in block)


def _is_dead(name: str, code: n.Code, spot: Spot, order: Sequence[n.Stmt]) -> bool:
    """Whether a variable of the function, if there is one, is not needed at a spot or after it.

    It is bound anew before it is read, if it is read at all.
    """
    if name not in code.bound:
        return name not in {*code.free, *code.global_names, *code.nonlocal_names}
    if not _is_own(code, name) or any(param.name == name for param in code.params):
        return False
    places = [statement for statement in order if mentions(statement, name) or name in bound_by(statement)]
    here = order.index(spot.statement)
    following = [statement for statement in places if order.index(statement) >= here]
    if following and not (_is_in(following[0], spot.blocks) and _only_binds(following[0], name)):
        return False
    if spot.loop is None:
        return True
    return all(_is_in(place, spot.blocks[-1:]) for place in places) and _only_binds(places[0], name)


def _is_in(statement: n.Stmt, blocks: Sequence[Block]) -> bool:
    return any(statement is one for block in blocks for one in block)


def _only_binds(statement: n.Stmt, name: str) -> bool:
    """Whether a statement is a plain assignment to a name that does not read it."""
    if not isinstance(statement, n.Assign) or name not in bound_by(statement):
        return False
    return not any(isinstance(part, n.Name) and part.id == name for part in walk(statement.value))
