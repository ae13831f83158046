-- Gives the row whether it was there already or not, but only with this digest.
WITH added AS (
    INSERT INTO public_report (event_id, digest) VALUES (%(event)s, %(digest)s)
    ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id
)
SELECT event_id FROM added
UNION
SELECT event_id FROM public_report WHERE event_id = %(event)s AND digest = %(digest)s;
