"""What to write instead, stated with nodes; places are worked out when they are shown."""
