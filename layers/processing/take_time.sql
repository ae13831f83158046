-- A job may read for longer than a request.
SELECT set_config('statement_timeout', %(seconds)s || 's', true);
