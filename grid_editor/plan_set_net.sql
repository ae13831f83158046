INSERT INTO plan_net (plan_id, change) VALUES (%(id)s, %(change)s)
ON CONFLICT (plan_id) DO UPDATE SET change = excluded.change;
