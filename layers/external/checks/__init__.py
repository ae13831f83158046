"""The lock that says which process looks after the pictures of other platforms."""
