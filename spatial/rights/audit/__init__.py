"""The audit log (审计日志): every change and every clear read, append-only, sealed so that tampering shows.

Triggers write a row for each change through whatever door (watched.py, triggers.py); the job process seals
finished transactions once a second into a chain of Merkle roots (sealer.py) and lets whole months go when
they are old (retention.py); verify.py proves that nothing was altered. docs/11-audit.md is for its readers.
"""
