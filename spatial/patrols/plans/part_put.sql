INSERT INTO patrol_part AS t (due_id, target_id, mover_id, day, content)
VALUES (%(due_id)s, %(target_id)s, %(mover)s, %(day)s, %(content)s)
ON CONFLICT (due_id, target_id, mover_id, day) DO UPDATE SET content = excluded.content
WHERE t.content <> excluded.content;
