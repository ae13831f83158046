-- Locked alone: what is counted in the same statement is counted as it was before the lock was waited for.
SELECT event_id FROM public_report WHERE digest = %(digest)s FOR UPDATE;
