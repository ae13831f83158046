INSERT INTO call_count AS c (key_id, account_id, hour, door, status_class, calls, bytes_in, bytes_out, ms)
SELECT key_id, account_id, to_timestamp(hour_s), door, status_class, calls, bytes_in, bytes_out, ms
FROM json_to_recordset(%(rows)s::json) AS r (
    key_id bigint, account_id bigint, hour_s bigint, door text, status_class smallint, calls bigint,
    bytes_in bigint, bytes_out bigint, ms bigint
)
-- In one order, whichever process adds: two that cross would wait for each other.
ORDER BY key_id, hour_s, door, status_class
ON CONFLICT (key_id, hour, door, status_class) DO UPDATE SET
    calls = c.calls + excluded.calls, bytes_in = c.bytes_in + excluded.bytes_in,
    bytes_out = c.bytes_out + excluded.bytes_out, ms = c.ms + excluded.ms;
