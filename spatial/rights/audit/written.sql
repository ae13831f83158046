-- One statement for all rows that a statement changed. OFFSET 0: each value is made once.
INSERT INTO audit (id, at, xid, cluster, account_id, username, role, database_user, address, request,
                   action, relation, row_key, unit_code, before, after, reason, hash)
OVERRIDING SYSTEM VALUE
SELECT r.id, c.at, c.xid, c.cluster, c.account_id, c.username, c.role, c.database_user, c.address, c.request,
       r.action, {relation}, r.row_key, r.unit_code, r.before, r.after, NULL,
       audit_hash(c.head, r.id, r.action, {relation}, r.row_key, r.unit_code, r.old_text, r.new_text, NULL)
FROM (
    SELECT nextval('city.audit_id_seq') AS id, d.*, d.before::text AS old_text, d.after::text AS new_text
    FROM ({changes} OFFSET 0) AS d
    OFFSET 0
) AS r
