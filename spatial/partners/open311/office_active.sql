-- Offices that the job process works for.
SELECT id, name, organisation_id, account_id, url, options, since, poll_minutes, failures, key_cipher,
       rest_until <= now() AS awake, next_poll_at <= now() AS poll_due
FROM office
WHERE state = 'active' AND (%(id)s::bigint IS NULL OR id = %(id)s)
ORDER BY id;
