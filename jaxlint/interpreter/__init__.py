"""Abstract interpretation: runs a program on abstract values and reports what happens as events."""
