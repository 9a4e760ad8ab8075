"""What several tests share: pages and programs as text, and running them with the real JAX."""
