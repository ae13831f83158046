"""The standard-address library (标准地址库)."""
