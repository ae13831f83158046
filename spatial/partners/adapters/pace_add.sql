INSERT INTO adapter_pace (adapter_id) VALUES (%(id)s);
