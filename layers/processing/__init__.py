"""What processes calculate of layers: the points they read, and the queue of those that take long."""
