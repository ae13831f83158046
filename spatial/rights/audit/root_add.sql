INSERT INTO audit_root (id, kind, cluster, month, from_xid, until_xid, next_xid, row_count, first_id, last_id,
                        merkle_root, sealed_at, key_id, previous, chain)
VALUES (%(id)s, %(kind)s, %(cluster)s, %(month)s, %(from_xid)s, %(until_xid)s, %(next_xid)s, %(row_count)s,
        %(first_id)s, %(last_id)s, %(merkle_root)s, %(sealed_at)s, %(key_id)s, %(previous)s, %(chain)s);
