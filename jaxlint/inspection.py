"""What can be read off an abstract value: its truth, its stage and its origin."""

from __future__ import annotations

from jaxlint import values as v


def truth_of(value: v.Value) -> bool | None:
    """Whether a value is true; None where that is not known."""
    if isinstance(value, v.Const):
        return bool(value.value)
    if isinstance(value, v.Seq) and value.items is not None and not _decides_truth(value.cls):
        return bool(value.items) if value.kind in ("list", "tuple", "set") else None
    if isinstance(value, v.Dict):
        return True if value.items else (False if value.rest is None else None)
    if isinstance(value, (v.Function, v.Class, v.Bound, v.Partial, v.Transformed, v.ModuleValue)):
        return True
    if isinstance(value, v.Union):
        truths = {truth_of(option) for option in value.options}
        return truths.pop() if len(truths) == 1 else None
    return None


def _decides_truth(cls: v.Class | None) -> bool:
    """Whether objects of a class, if there is one, may be false though they hold something."""
    if cls is None:
        return False
    own = not {"__bool__", "__len__"}.isdisjoint(cls.namespace)
    return own or any(_decides_truth(base) for base in cls.bases if isinstance(base, v.Class))


def stage_of(value: v.Value) -> v.Stage:
    """The highest stage of any array in ``value``; ``CONCRETE`` where there is none."""
    if isinstance(value, (v.Array, v.Tree)):
        return value.stage
    if isinstance(value, v.Union):
        return max(map(stage_of, value.options))
    if isinstance(value, v.Seq):
        parts = value.items if value.items is not None else (value.element,)
        return max(map(stage_of, parts), default=v.Stage.CONCRETE)
    if isinstance(value, v.Dict):
        parts = tuple(entry for _, entry in value.items) + ((value.rest,) if value.rest is not None else ())
        return max(map(stage_of, parts), default=v.Stage.CONCRETE)
    if isinstance(value, (v.Instance, v.LibraryInstance)):
        return max((stage_of(entry) for _, entry in value.fields), default=v.Stage.CONCRETE)
    if isinstance(value, v.SliceValue):
        return max(stage_of(value.lower), stage_of(value.upper), stage_of(value.step))
    return v.Stage.CONCRETE


def innermost(value: v.Value) -> v.Value:
    """The function below any wrappers and partials."""
    while isinstance(value, (v.Transformed, v.Partial, v.Cached)):
        value = value.function
    return value


def origin_of(value: v.Value) -> v.Origin | None:
    """Why the traced part of ``value`` is traced."""
    if isinstance(value, (v.Array, v.Tree)):
        return value.origin if value.stage else None
    parts: tuple[v.Value, ...] = ()
    if isinstance(value, v.Union):
        parts = value.options
    elif isinstance(value, v.Seq):
        parts = value.items if value.items is not None else (value.element,)
    elif isinstance(value, v.Dict):
        parts = tuple(entry for _, entry in value.items) + ((value.rest,) if value.rest is not None else ())
    elif isinstance(value, (v.Instance, v.LibraryInstance)):
        parts = tuple(entry for _, entry in value.fields)
    elif isinstance(value, v.SliceValue):
        parts = (value.lower, value.upper, value.step)
    return next((origin for part in parts if (origin := origin_of(part)) is not None), None)
