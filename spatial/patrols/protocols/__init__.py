"""What devices and apps send: one pure parser a protocol, from bytes to fixes and replies."""
