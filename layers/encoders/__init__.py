"""Every file format that a layer leaves in, written feature by feature so that memory stays the same."""
