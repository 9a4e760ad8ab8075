"""Tracing mode: a second opinion on the static findings, from the real JAX.

Everything here but `worker/` and `measure/` runs without JAX. The parent finds out what to trace
(`targets`), with which arguments (`arguments`), starts one worker process for each module (`pool`), and
joins what they say to the diagnostics (`verdicts`). The user's code is only ever imported in a worker.
"""
