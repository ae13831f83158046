UPDATE adapter_pace SET read_until = %(until)s WHERE adapter_id = %(id)s;
