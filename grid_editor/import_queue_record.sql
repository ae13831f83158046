-- What was done at once, from the command line: it never waited.
INSERT INTO plan_import (plan_id, account_id, username, filename, bytes, options, state, progress, tries, step, summary,
                         report, started_at, ended_at)
VALUES (%(plan_id)s, %(account_id)s, %(username)s, %(filename)s, %(bytes)s, %(options)s, 'done', 1, 1, %(step)s,
        %(summary)s, %(report)s, now(), now())
RETURNING id;
