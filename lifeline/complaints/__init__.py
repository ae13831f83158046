"""Complaints as sensors: where on a network many complain at once, and what lies upstream of all of them."""
