SELECT e.no, e.title, coalesce(e.address, '') AS address, m.name AS category,
       coalesce(to_char(e.due_at AT TIME ZONE 'Asia/Shanghai', 'MM-DD HH24:MI'), '') AS due
FROM event AS e
JOIN matter AS m ON m.code = e.category
WHERE e.id = %(id)s;
