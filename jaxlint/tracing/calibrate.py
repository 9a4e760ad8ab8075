"""The calibration of this machine: found in the cache, made when it is needed, or the authors' own."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_cache_path

from jaxlint.tracing.model import Model, default, read

LONGEST = 300.0
"""Seconds after which a calibration is given up."""


def machine() -> str:
    """Describe the machine in a few words: what decides how fast it compiles."""
    return f"{platform.node()}, {_processor()}, {os.cpu_count()} cores"


def calibrated() -> Model:
    """Return the model of this machine, or the authors' where it has not been calibrated."""
    return read(_path()) or default()


def suitable(programs: Iterable[Mapping[str, float]], limit: float, *, is_compiled: bool) -> Model:
    """Return a model for programs with these features; calibrate where it may make a difference.

    That is where predictions stand beside measurements, and where one is near the limit.
    """
    model = calibrated()
    if not model.is_default:
        return model
    near = limit / (2 * model.factor)
    matters = any(is_compiled or model.predict(one).seconds > near for one in programs)
    return calibrate() if matters else model


def calibrate() -> Model:
    """Return the model of this machine; it is made, which takes up to a minute, unless there is one."""
    path = _path()
    if (model := read(path)) is not None:
        return model
    command = [sys.executable, "-m", "jaxlint.tracing.measure.calibration", str(path), machine()]
    environment = {**os.environ, "JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "2"}
    try:
        subprocess.run(command, env=environment, capture_output=True, timeout=LONGEST, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return default()
    return read(path) or default()


def _path() -> Path:
    """Return the file in the cache for this machine, JAX and generation of the model."""
    words = "\n".join([machine(), platform.python_version(), *map(_version, ("jax", "jaxlib", "jaxlint"))])
    name = hashlib.sha256(words.encode()).hexdigest()[:16]
    return user_cache_path("jaxlint") / "compile-time" / f"{name}.json"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
