"""The program as the interpreter reads it: a small tree, lowered from the one of whichever parser read it."""
