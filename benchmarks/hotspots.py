"""Profile one analysis, and print where its time goes: by module, and by function.

    python benchmarks/hotspots.py PATH...                    # functions by their own time
    python benchmarks/hotspots.py PATH... --sort cumulative  # with what they call

The profiler costs time itself, most where functions are small: read shares, and check a gain with `speed.py`.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
from collections import Counter
from pathlib import Path

from jaxlint import analysis, engine

PACKAGE = Path(analysis.__file__).parent


def main() -> None:
    """Profile the analysis of what the command line names."""
    parser = argparse.ArgumentParser(description="Profile one analysis.")
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--sort", choices=["tottime", "cumulative", "ncalls"], default="tottime")
    parser.add_argument("--limit", type=int, default=40, metavar="N", help="how many functions to print")
    arguments = parser.parse_args()
    profile = cProfile.Profile()
    analyse_files = analysis._analyse_files
    # The analysis runs on a thread of its own, and a profiler sees the thread that started it.
    analysis._analyse_files = lambda *values, **options: profile.runcall(analyse_files, *values, **options)
    result = engine.run(arguments.paths, isolated=True)
    print(f"{result.statistics.files} files, {len(result.diagnostics)} findings\n")
    stats = pstats.Stats(profile)
    print_modules(stats)
    stats.sort_stats(arguments.sort).print_stats(arguments.limit)


def print_modules(stats: pstats.Stats) -> None:
    """Print the time spent in the functions of each module, without what they call."""
    seconds: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]  # not in the stubs
        path = Path(file)
        inside = path.is_relative_to(PACKAGE)
        seconds[path.relative_to(PACKAGE).as_posix() if inside else path.parent.name or "builtins"] += own
    total = sum(seconds.values())
    for name, own in seconds.most_common(25):
        print(f"{own:8.2f} s  {own / total:6.1%}  {name}")


if __name__ == "__main__":
    main()
