SELECT EXISTS (SELECT FROM roll_call_result WHERE roll_call_id = %(id)s);
