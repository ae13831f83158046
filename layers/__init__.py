"""What is published: the catalogue of layers and how their features are read."""
