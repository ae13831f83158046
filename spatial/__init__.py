"""The core store and what the city does with it. Imports nothing else of ours."""
