"""The streets of the city as a network: how far it is by them from one place to another."""
