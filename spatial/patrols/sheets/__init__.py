"""Shifts and what became of them: who was on duty when (考勤), how far and how long, and scores (考核)."""
