UPDATE webhook_pace SET failures = 0, failing_since = NULL, rest_until = '-infinity', last_at = now(),
                        last_good_at = now(), last_status = %(status)s, last_error = NULL
WHERE webhook_id = %(webhook)s;
