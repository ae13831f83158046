-- Tries of one address, then of one name, are counted one after the other, on whatever worker they arrive.
SELECT pg_advisory_xact_lock(1815, hashtext(%(address)s)),
       pg_advisory_xact_lock(1816, hashtext(encode(%(name_digest)s, 'hex')));
