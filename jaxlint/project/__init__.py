"""The project as a set of modules that know each other by name."""
