"""What runs in a worker process; nothing outside of this folder and `measure` imports JAX."""
