"""Lifeline networks (城市生命线): pipes under the city and their answers."""
