DROP TABLE IF EXISTS in_node, in_link, in_device, in_service, in_customer;
CREATE TEMP TABLE in_node (code text, kind text, is_source boolean, elevation_m double precision, state text,
    accuracy_m double precision, installed_on date, lon double precision, lat double precision, attributes jsonb)
    ON COMMIT DROP;
CREATE TEMP TABLE in_link (code text, kind text, tail text, head text, diameter_mm double precision,
    length_m double precision, z_up_m double precision, z_down_m double precision, material text,
    pressure_class text, state text, accuracy_m double precision, installed_on date, shape text, attributes jsonb)
    ON COMMIT DROP;
CREATE TEMP TABLE in_device (code text, kind text, node text, link text, into_node text, into_link text,
    is_open boolean, is_operable boolean, is_accessible boolean, attributes jsonb) ON COMMIT DROP;
CREATE TEMP TABLE in_service (code text, node text, link text, state text, lon double precision,
    lat double precision, attributes jsonb) ON COMMIT DROP;
CREATE TEMP TABLE in_customer (code text, service text, category text, priority text, meters integer,
    people integer, attributes jsonb) ON COMMIT DROP;
