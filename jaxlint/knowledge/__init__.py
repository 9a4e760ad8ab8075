"""What JAX, NumPy and the libraries around them do, as data."""
