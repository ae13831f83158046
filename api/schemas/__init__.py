"""What may be sent to the ordinary routes: every other field is refused by its name."""
