"""The rules: functions from an event to findings, one module per family."""
