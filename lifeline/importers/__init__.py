"""Ways in for networks: each reads bytes of one format and says what it found, in SI, with what is wrong."""
