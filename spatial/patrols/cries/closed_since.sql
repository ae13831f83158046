-- What of these was closed after a moment: what is told late may belong to it. In one order, for two that do so at once.
SELECT id, whose, at, closed_at
FROM cry
WHERE state = 'closed' AND closed_at >= %(since)s AND whose = ANY (%(whose)s)
ORDER BY id;
