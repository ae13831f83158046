UPDATE plan_import SET summary = %(summary)s, report = %(report)s WHERE id = %(id)s AND state = 'running';
