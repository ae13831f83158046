-- What was dispatched to the organisation of an office since it was set up, as far as its owner may see it: each
-- dispatch once, and nothing that is in its hands already.
SELECT e.id
FROM event AS e
WHERE e.state = 'dispatched' AND e.organisation_id = %(organisation)s AND e.dispatched_at >= %(since)s
  AND NOT EXISTS (
      SELECT FROM handover AS h
      WHERE h.office_id = %(office)s AND h.event_id = e.id
        AND (h.state IN ('waiting', 'doubtful', 'sent', 'dead') OR h.made_at >= e.dispatched_at)
  );
