-- What an office is told of an event, as the owner of the office may see it.
SELECT e.id, e.no, e.category, m.name AS category_name, e.title, e.description, e.address, e.urgency, e.state,
       e.source, e.external_id, e.unit_code, e.organisation_id, e.component_id, e.attributes,
       to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS occurred_at,
       to_char(e.handle_due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS handle_due_at,
       ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat
FROM event AS e
JOIN matter AS m ON m.code = e.category
WHERE e.id = %(id)s;
