"""Surveys of components (普查): a file is compared with what stands, and then applied or not."""
