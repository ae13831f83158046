-- What was found since the level, or a proposal about it, was last decided; newest first.
SELECT i.id, i.result
FROM inspection AS i
WHERE i.place_id = %(place_id)s AND i.state = 'done' AND i.result <> 'no_access'
      AND i.done_at > coalesce((
          SELECT max(r.at) FROM place_risk AS r WHERE r.place_id = i.place_id AND r.from_level IS NOT NULL),
          '-infinity')
      AND i.done_at > coalesce((
          SELECT max(q.decided_at) FROM place_risk_proposal AS q WHERE q.place_id = i.place_id), '-infinity')
ORDER BY i.done_at DESC, i.id DESC
LIMIT %(limit)s;
