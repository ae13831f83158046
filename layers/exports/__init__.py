"""Exports: files of features that are written for one account, at once or by the job process."""
