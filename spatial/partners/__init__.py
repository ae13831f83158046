"""Other systems: what they are told, what they send, and how it is put into their words and ours."""
