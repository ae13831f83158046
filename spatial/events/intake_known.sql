SELECT e.source, e.external_id, e.id, e.no, e.state, e.unit_code, e.ruling, e.organisation_id
FROM unnest(%(sources)s::text[], %(external_ids)s::text[]) AS asked (source, external_id)
JOIN event AS e ON e.source = asked.source AND e.external_id = asked.external_id;
