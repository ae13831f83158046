-- Events, a column an array: one trip, however many there are. A report that is there already, or is being stored
-- by somebody else (who is waited for), adds nothing; of two in the arrays the first counts. All go in one order:
-- two who store the same reports in different orders would wait for each other. (One JSON text of all rows took
-- five times as long to read.)
WITH given AS MATERIALIZED (
    SELECT *
    FROM unnest(
        %(no)s::text[], %(category)s::text[], %(source)s::text[], %(external_id)s::text[], %(title)s::text[],
        %(description)s::text[], %(address)s::text[], %(urgency)s::text[], %(state)s::text[],
        %(lon)s::double precision[], %(lat)s::double precision[], %(occurred_at)s::timestamptz[],
        %(reported_at)s::timestamptz[], %(accepted_at)s::timestamptz[], %(filed_at)s::timestamptz[],
        %(dispatched_at)s::timestamptz[], %(handled_at)s::timestamptz[], %(verified_at)s::timestamptz[],
        %(closed_at)s::timestamptz[], %(due_at)s::timestamptz[], %(handle_due_at)s::timestamptz[],
        %(close_due_at)s::timestamptz[], %(handled_on_time)s::boolean[], %(unit_code)s::text[],
        %(ruling)s::text[], %(version_id)s::bigint[], %(units)s::jsonb[], %(organisation_id)s::bigint[],
        %(worker_id)s::bigint[], %(component_id)s::bigint[], %(place_id)s::bigint[], %(address_id)s::bigint[],
        %(reported_by)s::bigint[], %(valid)s::boolean[], %(generated)s::boolean[], %(attributes)s::jsonb[]
    ) WITH ORDINALITY AS r (
        no, category, source, external_id, title, description, address, urgency, state, lon, lat, occurred_at,
        reported_at, accepted_at, filed_at, dispatched_at, handled_at, verified_at, closed_at, due_at,
        handle_due_at, close_due_at, handled_on_time, unit_code, ruling, version_id, units, organisation_id,
        worker_id, component_id, place_id, address_id, reported_by, valid, generated, attributes, place
    )
), added AS (
    INSERT INTO event (
        no, category, source, external_id, title, description, address, urgency, state, geom, occurred_at,
        reported_at, accepted_at, filed_at, dispatched_at, handled_at, verified_at, closed_at, due_at,
        handle_due_at, close_due_at, handled_on_time, unit_code, ruling, version_id, units, organisation_id,
        worker_id, component_id, place_id, address_id, reported_by, valid, generated, attributes
    )
    SELECT g.no, g.category, g.source, g.external_id, coalesce(g.title, m.name), g.description, g.address,
           g.urgency, g.state, ST_SetSRID(ST_MakePoint(g.lon, g.lat), 4326), g.occurred_at, g.reported_at,
           g.accepted_at, g.filed_at, g.dispatched_at, g.handled_at, g.verified_at, g.closed_at, g.due_at,
           g.handle_due_at, g.close_due_at, g.handled_on_time, g.unit_code, g.ruling, g.version_id, g.units,
           g.organisation_id, g.worker_id, g.component_id, g.place_id, g.address_id, g.reported_by, g.valid,
           g.generated, g.attributes
    FROM given AS g
    JOIN matter AS m ON m.code = g.category
    ORDER BY g.source, g.external_id, g.place
    ON CONFLICT (source, external_id) WHERE external_id IS NOT NULL DO NOTHING
    RETURNING id, no
)

SELECT no, id FROM added;
