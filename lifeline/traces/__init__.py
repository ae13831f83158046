"""Questions to networks: what hangs together, what lies upstream, what is cut off and by which valves."""
