-- What a task is about, as far as the reader sees it.
SELECT (%(event_id)s::bigint IS NULL OR EXISTS (SELECT FROM event WHERE id = %(event_id)s)) AS event_id,
       (%(place_id)s::bigint IS NULL OR EXISTS (SELECT FROM place WHERE id = %(place_id)s)) AS place_id,
       (%(component_id)s::bigint IS NULL OR EXISTS (SELECT FROM component WHERE id = %(component_id)s)) AS component_id;
