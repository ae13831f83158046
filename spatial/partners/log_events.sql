-- Events as they are now, as far as the reader may see them.
SELECT e.id, e.category, e.unit_code, e.source,
       jsonb_build_object(
           'id', e.id, 'no', e.no, 'category', e.category, 'category_name', m.name, 'title', e.title,
           'description', e.description, 'state', e.state, 'source', e.source, 'external_id', e.external_id,
           'urgency', e.urgency, 'address', e.address, 'lon', ST_X(e.geom), 'lat', ST_Y(e.geom),
           'unit_code', e.unit_code, 'units', e.units, 'organisation_id', e.organisation_id,
           'organisation_code', o.code, 'organisation', o.name, 'component_id', e.component_id,
           'place_id', e.place_id, 'occurred_at', e.occurred_at, 'reported_at', e.reported_at,
           'accepted_at', e.accepted_at, 'filed_at', e.filed_at, 'dispatched_at', e.dispatched_at,
           'handled_at', e.handled_at, 'verified_at', e.verified_at, 'closed_at', e.closed_at,
           'due_at', e.due_at, 'handled_on_time', e.handled_on_time, 'supervised', e.supervised,
           'disputed', e.disputed, 'valid', e.valid, 'merged_into', e.merged_into, 'generated', e.generated,
           'attributes', e.attributes
       ) AS facts
FROM event AS e
JOIN matter AS m ON m.code = e.category
LEFT JOIN organisation AS o ON o.id = e.organisation_id
WHERE e.id = ANY(%(ids)s);
