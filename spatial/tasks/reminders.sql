SELECT id, kind, title, text, reminders, remind_every
FROM task
WHERE remind_at <= %(now)s
ORDER BY remind_at, id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED;
