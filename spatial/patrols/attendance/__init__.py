"""Attendance (考勤): people and vehicles sign in and out, and duty that goes by that."""
