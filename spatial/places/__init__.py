"""Sensitive places (重点场所)."""
