"""Questions to days that lie in the archive: heat, mileage and patrols, on as many machines as there are."""
