"""Events (事件) from report to close."""
