-- Bytes that an account has added to events in a day, one file once.
SELECT coalesce(sum(a.bytes), 0)
FROM (
    SELECT DISTINCT digest
    FROM event_attachment
    WHERE added_by = %(account)s AND at > now() - interval '1 day' AND digest <> %(but)s
) AS e
JOIN attachment AS a ON a.digest = e.digest;
