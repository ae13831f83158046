-- When the next office is to be asked, in seconds from now.
SELECT extract(epoch FROM least(
    (SELECT min(greatest(next_poll_at, rest_until)) FROM office WHERE state = 'active'),
    (SELECT min(greatest(h.next_at, f.rest_until))
     FROM handover AS h JOIN office AS f ON f.id = h.office_id AND f.state = 'active'
     WHERE h.state IN ('waiting', 'doubtful'))
) - now())::float8;
