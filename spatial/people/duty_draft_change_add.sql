INSERT INTO duty_draft_change (draft_id, seq, verb, duty_id, edition, line)
VALUES (%(draft)s, %(seq)s, %(verb)s, %(duty_id)s, %(edition)s, %(line)s);
