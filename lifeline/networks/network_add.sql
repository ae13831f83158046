INSERT INTO network (name, kind, flow_mode, source, organisation_id)
VALUES (%(name)s, %(kind)s, %(flow_mode)s, %(source)s, %(organisation_id)s)
ON CONFLICT (name) DO NOTHING RETURNING id;
