SELECT id, due_from, due_on, worker_id, due_on < %(today)s AS overdue
FROM inspection
WHERE place_id = %(id)s AND state = 'open';
