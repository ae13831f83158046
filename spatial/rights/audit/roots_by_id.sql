-- The chain and the time of some roots.
SELECT id, chain, sealed_at FROM audit_root WHERE id = ANY (%(ids)s::bigint[]);
