"""The program as the interpreter reads it: a small tree lowered from LibCST."""
