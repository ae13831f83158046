UPDATE adapter_pace SET next_at = now() WHERE adapter_id = %(id)s;
