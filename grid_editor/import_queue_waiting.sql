SELECT count(*) FROM plan_import WHERE plan_id = %(plan_id)s AND state IN ('waiting', 'running');
