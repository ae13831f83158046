"""Providers to log in with: a real one (django-oauth-toolkit) and a hostile one with keys of its own."""
