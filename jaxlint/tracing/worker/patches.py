"""Replaces the methods of JAX's public `Tracer` that raise: they record, and go on with a chosen value.

The original is always called first, so that exception and message are JAX's own, and so that what works
(under `grad` alone, say) works as it does without this.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from jaxlint.tracing.worker.places import caller, may_convert
from jaxlint.tracing.worker.recorder import Recorder

Choose = Callable[..., Any]

_BINARY = "add sub mul truediv floordiv mod pow matmul and or xor lt le gt ge eq ne".split()


def _ones(tracer: Any) -> Any:
    return np.ones(tracer.shape, tracer.dtype)


def _scalar(tracer: Any) -> Any:
    return np.ones((), tracer.dtype).item()


def _text(_tracer: Any, spec: str) -> str:
    try:
        return format(1.0, spec)
    except ValueError:
        return format(1, spec)


def _element(tracer: Any, index: Any) -> Any:
    """What an index gives when the tracers in it are left out of slices, and masks keep everything."""
    items = index if isinstance(index, tuple) else (index,)
    return tracer[tuple(_static_index(item) for item in items)]


def _static_index(item: Any) -> Any:
    if isinstance(item, slice):
        parts = (
            None if isinstance(part, jax.core.Tracer) else part for part in (item.start, item.stop, item.step)
        )
        return slice(*parts)
    if isinstance(item, jax.core.Tracer) and item.dtype == np.bool_:
        return np.ones(item.shape, bool)
    return item


def _first(tracer: Any, *_: Any) -> Any:
    return tracer


def _nothing(*_: Any) -> None:
    return None


_CHOICES: dict[str, Choose] = {
    "__int__": lambda _: 1,
    "__index__": lambda _: 1,
    "__float__": lambda _: 1.0,
    "__complex__": lambda _: 1.0 + 0.0j,
    "__array__": lambda tracer, *_, **__: _ones(tracer),
    "__hash__": id,
    "__setitem__": _nothing,
    "__delitem__": _nothing,
    "__getitem__": _element,
    "__iter__": lambda _: iter(()),
    "__len__": lambda _: 1,
    "__format__": _text,
    "item": lambda tracer, *_: _scalar(tracer),
    "tolist": lambda tracer: _ones(tracer).tolist(),
    **{f"__{prefix}{name}__": _first for name in _BINARY for prefix in ("", "r")},
}


@contextlib.contextmanager
def patched(current: Callable[[], Recorder]) -> Iterator[None]:
    """Patch the public tracer class, and the item assignment of concrete arrays; restore them at the end."""
    undo: list[Callable[[], None]] = []
    try:
        for name, choose in {**_CHOICES, "__bool__": _decide(current)}.items():
            _replace(jax.core.Tracer, name, choose, current, undo)
        for name in ("__setitem__", "__delitem__"):
            _replace(type(jnp.zeros(())), name, _nothing, current, undo)
        yield
    finally:
        for restore in reversed(undo):
            restore()


def _decide(current: Callable[[], Recorder]) -> Choose:
    def decide(_tracer: Any, *, place: tuple[str, int]) -> bool:
        return current().choices.decide(place)

    return decide


def _replace(
    owner: type, name: str, choose: Choose, current: Callable[[], Recorder], undo: list[Callable[[], None]]
) -> None:
    original = getattr(owner, name, None)
    own = owner.__dict__.get(name)
    if original is None:
        return
    places = name == "__bool__"

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except Exception as error:
            frame = caller()
            recorder = current()
            if frame.f_code.co_filename not in recorder.files.names and not may_convert(
                frame.f_code.co_filename
            ):
                raise
            place = recorder.at(error, frame)
            if place is None:
                raise
            return choose(self, place=place) if places else choose(self, *args, **kwargs)

    try:
        setattr(owner, name, method)
    except (AttributeError, TypeError):
        return
    undo.append(lambda: setattr(owner, name, own) if own is not None else delattr(owner, name))
