-- A step never stands in the log before an earlier one of its event, though its transaction may be older.
INSERT INTO event_step (
    event_id, at, verb, from_state, to_state, account_id, username, organisation_id, worker_id, note, detail,
    txid
)
VALUES (
    %(event)s, %(at)s, %(verb)s, %(from_state)s, %(to_state)s, %(account)s, %(username)s, %(organisation)s,
    %(worker)s, %(note)s, %(detail)s::jsonb,
    greatest(pg_current_xact_id(), (
        SELECT s.txid
        FROM event_step AS s
        WHERE s.event_id = %(event)s AND s.txid < pg_snapshot_xmax(pg_current_snapshot())
        ORDER BY s.id DESC
        LIMIT 1
    ))
)
RETURNING id;
