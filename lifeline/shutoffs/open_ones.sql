-- What is still to come or runs in a network, with its border.
SELECT s.id, s.state, s.title, s.from_at, s.until_at, s.began_at,
       coalesce(s.found -> 'pinch', '[]') AS pinch, coalesce(s.found -> 'stop', '[]') AS stop,
       ARRAY(SELECT v.code FROM shut_off_valve AS v
             WHERE v.shut_off_id = s.id AND v.state IN ('waiting', 'closed') ORDER BY v.code) AS close,
       ARRAY(SELECT v.code FROM shut_off_valve AS v
             WHERE v.shut_off_id = s.id AND v.state = 'closed') AS turned,
       ARRAY(SELECT v.code FROM shut_off_valve AS v
             WHERE v.shut_off_id = s.id AND v.state = 'held') AS held
FROM shut_off AS s
WHERE s.network_id = %(network)s AND s.state IN ('planned', 'announced', 'running')
ORDER BY s.id LIMIT %(limit)s;
