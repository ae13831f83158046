"""A port of the executable suite (ets-ogcapi-features10) and of the abstract tests of Parts 1, 3, 5 and 8."""
