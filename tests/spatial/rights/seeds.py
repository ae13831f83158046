"""One of everything that stands in a grid of the town: a row of each table that is somebody's."""

from __future__ import annotations

SEEDS = (
    """INSERT INTO worker (code, name, phone, role, organisation_id, unit_code, geom)
       SELECT %(worker)s, '张**', '138****0000', 'grid_worker', o.id, %(grid)s,
              ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO place (kind, name, address, risk_level, geom, unit_code, organisation_id, source)
       SELECT 'school', 'place ' || %(grid)s, 'a', 2, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326),
              %(grid)s, o.id, 'test'
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO component (code, class_code, name, state, geom, unit_code, organisation_id, source)
       SELECT %(component)s, '01001', 'component ' || %(grid)s, 'intact',
              ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326),
              %(grid)s, o.id, 'test'
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO event (no, category, source, title, state, geom, occurred_at, unit_code, organisation_id,
                          ruling)
       SELECT %(no)s, (SELECT min(code) FROM matter), 'app', 'event ' || %(grid)s, 'dispatched',
              ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), now(), %(grid)s, o.id, 'inside'
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO duty (unit_code, category, organisation_id, worker_id, rank)
       SELECT %(grid)s, NULL, o.id, w.id, 1 FROM organisation AS o, worker AS w
       WHERE o.code = %(organisation)s AND w.code = %(worker)s""",
    """INSERT INTO duty_past (id, edition, unit_code, organisation_id, worker_id, rank, generated, coverage,
                              anybody, skills, valid, since, until)
       SELECT id, 0, unit_code, organisation_id, worker_id, rank, generated, coverage, anybody, skills, valid,
              since - interval '1 day', since
       FROM duty WHERE unit_code = %(grid)s""",
    """INSERT INTO duty_draft (name, unit_code, username) VALUES ('draft ' || %(grid)s, %(grid)s, 'n')""",
    """INSERT INTO duty_draft_change (draft_id, seq, verb, duty_id)
       SELECT n.id, 1, 'remove', d.id FROM duty_draft AS n, duty AS d
       WHERE n.unit_code = %(grid)s AND d.unit_code = %(grid)s""",
    """INSERT INTO explanation (event_id, organisation_id, body)
       SELECT id, organisation_id, jsonb_build_object('form', 1, 'category', category, 'unit', unit_code,
              'runner_up', NULL, 'units', '{}'::jsonb, 'rule', 'nobody', 'considered', '[]'::jsonb,
              'ruling', 'inside', 'border_m', 1, 'point', '[0, 0]'::jsonb, 'at', '2026-01-01T00:00:00Z',
              'versions', (SELECT jsonb_build_object(coverage, max(id)) FROM coverage_version
                            WHERE coverage = 'grids' GROUP BY coverage),
              'line', NULL, 'organisation', NULL, 'worker', NULL)
       FROM event WHERE no = %(no)s""",
    """INSERT INTO dispute (event_id, raised_by, reason, username)
       SELECT id, 'hand', 'disputed in ' || %(grid)s, 'n' FROM event WHERE no = %(no)s""",
    """INSERT INTO account (username, display_name, role, reach, area, organisation_id, worker_id)
       SELECT 'worker ' || %(grid)s, 'n', 'field_worker', 'area', %(grid)s, w.organisation_id, w.id
       FROM worker AS w WHERE w.code = %(worker)s""",
    # Of each grid the phone of its worker, with a key, and all that comes of one fix.
    """INSERT INTO device (protocol, identity, state, account_id)
       SELECT 'own', %(grid)s, 'active', id FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO device_carrier (device_id, mover_id, since)
       SELECT d.id, m.id, now() FROM device AS d, mover AS m JOIN worker AS w ON w.id = m.worker_id
       WHERE d.identity = %(grid)s AND w.code = %(worker)s""",
    """INSERT INTO downlink (device_id, kind, expires_at)
       SELECT id, 'position', now() + interval '1 day' FROM device WHERE identity = %(grid)s""",
    """INSERT INTO fix (mover_id, time, mark, device_id, lon, lat, unit_code)
       SELECT mover_id, now(), 0, device_id, %(lon)s, %(lat)s, %(grid)s
       FROM device_carrier AS c JOIN device AS d ON d.id = c.device_id WHERE d.identity = %(grid)s""",
    """INSERT INTO fix_extra
       SELECT mover_id, time, mark, '{}'::jsonb FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO fix_mark (mover_id, time, mark, reason, username)
       SELECT mover_id, time, mark, 'test', 'n' FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO track_dirty (mover_id, day)
       SELECT mover_id, current_date FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO track_day (mover_id, day, edition, parameters, fixes, good, verdicts)
       SELECT mover_id, current_date, 1, 1, 1, 1, '\\x00' FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO last_position (mover_id, time, mark, lon, lat, flags, unit_code, received_at)
       SELECT mover_id, time, mark, lon, lat, flags, unit_code, received_at FROM fix
       WHERE unit_code = %(grid)s""",
    """INSERT INTO fix_batch (movers, count)
       SELECT ARRAY[mover_id], 1 FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO fix_refusal (day, device_id, mover_id, reason, count)
       SELECT current_date, device_id, mover_id, 'off_duty', 1 FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO happening (device_id, time, kind, mover_id)
       SELECT device_id, time, 'sos', mover_id FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO cry (mover_id, device_id, way, at, last_at, lon, lat, waiting_since)
       SELECT mover_id, device_id, 'device', time, time, lon, lat, NULL
       FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO cry_step (cry_id, what)
       SELECT c.id, 'opened' FROM cry AS c JOIN fix AS f USING (mover_id) WHERE f.unit_code = %(grid)s""",
    """INSERT INTO shift (mover_id, starts_at, ends_at)
       SELECT mover_id, now(), now() + interval '8 hours' FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO sign (mover_id, kind, at, way, lon, lat)
       SELECT mover_id, 'in', now(), 'self', lon, lat FROM fix WHERE unit_code = %(grid)s""",
    """INSERT INTO roll_call (name, unit_code, organisation_id, times)
       SELECT 'roll ' || %(grid)s, %(grid)s, id, ARRAY['08:00'::time] FROM organisation
       WHERE code = %(organisation)s""",
    """INSERT INTO roll_call_result (roll_call_id, at, mover_id, state, why, first_state, first_why, counts,
                                    grace_min)
       SELECT c.id, now(), f.mover_id, 'present', 'seen', 'present', 'seen', 'any_fix', 10
       FROM roll_call AS c, fix AS f WHERE c.name = 'roll ' || %(grid)s AND f.unit_code = %(grid)s""",
    # A task of this grid's worker, about its event, sent by whoever keeps it; and all that comes of it.
    """INSERT INTO task (kind, title, movers, event_id, unit_code, organisation_id, username)
       SELECT 'task', 'task ' || %(grid)s, ARRAY[f.mover_id], e.id, %(grid)s, o.id, 'n'
       FROM fix AS f, event AS e, organisation AS o
       WHERE f.unit_code = %(grid)s AND e.no = %(no)s AND o.code = %(organisation)s""",
    # One of the city for people of two places.
    """INSERT INTO task (kind, title, movers, account_id, username)
       SELECT 'message', 'both ' || %(grid)s, ARRAY[(SELECT min(mover_id) FROM fix), f.mover_id], a.id, 'n'
       FROM fix AS f, account AS a
       WHERE f.unit_code = %(grid)s AND a.username = 'worker ' || %(grid)s
             AND f.mover_id <> (SELECT min(mover_id) FROM fix)""",
    """INSERT INTO task_recipient (task_id, mover_id)
       SELECT t.id, m FROM task AS t, unnest(t.movers) AS m WHERE t.title LIKE '%% ' || %(grid)s""",
    """INSERT INTO task_step (task_id, mover_id, what, at)
       SELECT task_id, mover_id, 'read', now() FROM task_recipient AS r JOIN task AS t ON t.id = r.task_id
       WHERE t.title LIKE '%% ' || %(grid)s""",
    """INSERT INTO task_step (task_id, what, at)
       SELECT id, 'sent', now() FROM task WHERE title LIKE '%% ' || %(grid)s""",
    """INSERT INTO patrol_plan (name, kind, unit_code, organisation_id, valid_from, starts, ends)
       SELECT 'patrol ' || %(grid)s, 'points', %(grid)s, o.id, current_date, '08:00', '20:00'
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO patrol_target (plan_id, seq, geom)
       SELECT id, 1, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) FROM patrol_plan
       WHERE unit_code = %(grid)s""",
    """INSERT INTO patrol_member (plan_id, mover_id)
       SELECT p.id, f.mover_id FROM patrol_plan AS p, fix AS f
       WHERE p.unit_code = %(grid)s AND f.unit_code = %(grid)s""",
    # Long before any walk of a test, so that none is judged by the hour at which the tests run.
    """INSERT INTO patrol_due (plan_id, mover_id, movers, starts_at, ends_at, edition, rules, closed_at)
       SELECT plan_id, mover_id, ARRAY[mover_id], now() - interval '37 days', now() - interval '36 days', 1,
              '{}', now()
       FROM patrol_member AS m JOIN patrol_plan AS p ON p.id = m.plan_id WHERE p.unit_code = %(grid)s""",
    # One that people of two places do together.
    """INSERT INTO patrol_due (plan_id, movers, starts_at, ends_at, edition, rules, closed_at)
       SELECT plan_id, ARRAY[(SELECT min(mover_id) FROM fix), mover_id], now() - interval '40 days',
              now() - interval '39 days', 1, '{}', now()
       FROM patrol_member AS m JOIN patrol_plan AS p ON p.id = m.plan_id WHERE p.unit_code = %(grid)s""",
    """INSERT INTO patrol_part (due_id, target_id, mover_id, day, content)
       SELECT d.id, t.id, d.movers[1], current_date, %(part)s FROM patrol_due AS d
       JOIN patrol_target AS t ON t.plan_id = d.plan_id JOIN patrol_plan AS p ON p.id = d.plan_id
       WHERE p.unit_code = %(grid)s""",
    """INSERT INTO patrol_result (due_id, word, ratio, probability, figures, targets, code)
       SELECT d.id, 'missed', 0, 0, '{}', '[]', 1
       FROM patrol_due AS d JOIN patrol_plan AS p ON p.id = d.plan_id
       WHERE p.unit_code = %(grid)s""",
    # A fence of this grid that its worker was in, and the first of all workers, whom fewer may see. It is out
    # of use, so that it says nothing of the walks of tests.
    """INSERT INTO fence (name, geom, radius_m, unit_code, organisation_id, retired_at)
       SELECT 'fence ' || %(grid)s, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), 50, %(grid)s, o.id,
              now()
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO fence_visit (fence_id, mover_id, since, day, last_at, until, ended, probability, fixes)
       SELECT DISTINCT n.id, m, date_trunc('day', now()) - interval '40 days', current_date - 40,
              date_trunc('day', now()) - interval '39 days', date_trunc('day', now()) - interval '39 days',
              'left', 1, 9
       FROM fence AS n, fix AS f, unnest(ARRAY[(SELECT min(mover_id) FROM fix), f.mover_id]) AS m
       WHERE n.unit_code = %(grid)s AND f.unit_code = %(grid)s""",
    """INSERT INTO patrol_missed (due_id, target_id, word, geom)
       SELECT d.id, t.id, 'missed', t.geom FROM patrol_due AS d
       JOIN patrol_target AS t ON t.plan_id = d.plan_id JOIN patrol_plan AS p ON p.id = d.plan_id
       WHERE p.unit_code = %(grid)s""",
    """INSERT INTO token (digest, account_id, kind, scope, name, expires_at)
       SELECT sha256(convert_to(%(grid)s, 'UTF8')), id, 'device', 'field', %(grid)s, now() + interval '1 day'
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO token_use (token_id, last_used_at, address, agent)
       SELECT id, now(), '127.0.0.1', 'test' FROM token WHERE name = %(grid)s""",
    """INSERT INTO call_count (key_id, account_id, hour, door, status_class, calls, bytes_in, bytes_out, ms)
       SELECT id, account_id, date_trunc('hour', now()), '/ogc', 2, 7, 1, 2, 3 FROM token
       WHERE name = %(grid)s""",
    """INSERT INTO webhook (name, url, account_id, topics, retries_s, state)
       SELECT 'hook ' || %(grid)s, 'https://partner.invalid/', id, '{events}', '{5}', 'paused'
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO webhook_pace (webhook_id, life, txid, topic, row_id)
       SELECT id, 1, '3', 0, 0 FROM webhook WHERE name = 'hook ' || %(grid)s""",
    """INSERT INTO external_identity (issuer, subject, account_id)
       SELECT 'https://sso', username, id FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO login_attempt (name_digest, network, address, good)
       VALUES (sha256(convert_to(%(grid)s, 'UTF8')), 'n', 'a', true)""",
    """INSERT INTO unit_person (unit_id, worker_id, role, version_id, valid)
       SELECT v.unit_id, w.id, 'worker', v.version_id, v.valid FROM unit_version AS v, worker AS w
       WHERE v.code = %(grid)s AND w.code = %(worker)s""",
    """INSERT INTO lineage (version_id, coverage, from_unit, to_unit, kind, area_m2, w_area)
       SELECT version_id, coverage, unit_id, unit_id, 'rename', area_m2, 1 FROM unit_version
       WHERE code = %(grid)s""",
    """INSERT INTO composition (coverage, unit_id, base_unit, valid)
       SELECT 'police', unit_id, unit_id, valid FROM unit_version WHERE code = %(grid)s""",
    "INSERT INTO reporter (event_id, name) SELECT id, '张*' FROM event WHERE no = %(no)s",
    """INSERT INTO event_step (event_id, verb, to_state)
       SELECT id, 'report', 'reported' FROM event WHERE no = %(no)s""",
    """INSERT INTO webhook_delivery (webhook_id, topic, row_id, subject, event_id, at)
       SELECT h.id, 1, s.id, 'events/' || e.id, e.id, s.at
       FROM webhook AS h, event AS e JOIN event_step AS s ON s.event_id = e.id
       WHERE h.name = 'hook ' || %(grid)s AND e.no = %(no)s""",
    """INSERT INTO webhook_attempt (delivery_id, ms, error)
       SELECT d.id, 1, 'test' FROM webhook_delivery AS d JOIN webhook AS h ON h.id = d.webhook_id
       WHERE h.name = 'hook ' || %(grid)s""",
    """INSERT INTO partner_reference (webhook_id, event_id, reference)
       SELECT webhook_id, event_id, 'T' || event_id FROM webhook_delivery AS d
       JOIN webhook AS h ON h.id = d.webhook_id WHERE h.name = 'hook ' || %(grid)s""",
    """INSERT INTO event_warning (event_id, state, due_at, share)
       SELECT id, state, now(), 50 FROM event WHERE no = %(no)s""",
    """INSERT INTO event_link (event_id, other_id, score, reasons)
       SELECT e.id, o.id, 0.9, '{}' FROM event AS e, event AS o WHERE e.no = %(no)s AND o.id = e.id - 1""",
    """INSERT INTO attachment (digest, bytes, media_type)
       VALUES (encode(sha256(convert_to(%(no)s, 'UTF8')), 'hex'), 1, 'image/png')""",
    """INSERT INTO event_attachment (event_id, digest, name, kind)
       SELECT id, encode(sha256(convert_to(no, 'UTF8')), 'hex'), 'a.png', 'photo'
       FROM event WHERE no = %(no)s""",
    """INSERT INTO public_report (event_id, digest)
       SELECT id, sha256(convert_to(no, 'UTF8')) FROM event WHERE no = %(no)s""",
    """INSERT INTO event_number VALUES (current_date, 0) ON CONFLICT DO NOTHING""",
    """INSERT INTO working_day VALUES (current_date, false, 'test') ON CONFLICT DO NOTHING""",
    # Who asks is never in the row but in the settings.
    """INSERT INTO clear_read (account_id, action, relation, field, row_key, reason, at, xid)
       SELECT set_config('citygrid.account', a.id::text, true)::bigint, 'reveal', 'worker', 'phone', w.id,
              'test', now(), 0
       FROM account AS a, worker AS w WHERE a.username = 'worker ' || %(grid)s AND w.code = %(worker)s""",
    "SELECT set_config('citygrid.account', '', true)",
    """INSERT INTO export (account_id, layer, format, asked, record)
       SELECT id, 'places', 'gpkg', '{}', 0 FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO address_job (account_id, kind, filename, state, result)
       SELECT id, 'geocode', 'a.csv', 'done', 'x' FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO archive_day (day, generation, fixes, octets, sha256, graded, graded_octets, graded_sha256,
                               movers, gone_at)
       SELECT '2019-12-31', 1, 1, 1, '', 1, 1, '', ARRAY[id], now() FROM mover LIMIT 1
       ON CONFLICT DO NOTHING""",
    """INSERT INTO archive_question (account_id, asked, state, result, rights)
       SELECT id, '{"kind": "mileage", "from": "2019-12-31", "to": "2019-12-31"}', 'done', '{}', ''
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO process_job (account_id, process, asked, state, media_type, result)
       SELECT id, 'heatmap', '{}', 'successful', 'application/json', '{}'
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO import (account_id, username, action, state)
       SELECT id, username, 'file', 'done' FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO plan (coverage, title, base_version, drafter_id, drafter, unit_code, head)
       SELECT 'grids', 'plan ' || %(grid)s,
              (SELECT max(id) FROM coverage_version WHERE coverage = 'grids'), id, username, %(grid)s, 1
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO plan_step (plan_id, seq, base_version, operation, title, change, username)
       SELECT id, 1, base_version, '{"op": "rename"}', 'rename', %(packed)s, drafter
       FROM plan WHERE unit_code = %(grid)s""",
    "INSERT INTO plan_net (plan_id, change) SELECT id, %(packed)s FROM plan WHERE unit_code = %(grid)s",
    """INSERT INTO plan_comment (plan_id, text, username)
       SELECT id, 'said of ' || %(grid)s, drafter FROM plan WHERE unit_code = %(grid)s""",
    """INSERT INTO plan_waiver (plan_id, issue_id, rule, reason, username)
       SELECT id, 'sliver:' || %(grid)s, 'sliver', 'test', drafter FROM plan WHERE unit_code = %(grid)s""",
    """INSERT INTO plan_import (plan_id, account_id, username, filename, bytes, options, state, report)
       SELECT id, drafter_id, drafter, 'f', 1, '{}', 'done', jsonb_build_object('units', %(grid)s::text)
       FROM plan WHERE unit_code = %(grid)s""",
    """INSERT INTO resource (kind, name, geom, unit_code, organisation_id, source)
       SELECT 'supply', 'store ' || %(grid)s, ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326),
              %(grid)s, o.id, 'test'
       FROM organisation AS o WHERE o.code = %(organisation)s""",
    """INSERT INTO stock_movement (resource_id, item, delta, reason)
       SELECT id, 'sandbags', 5, 'test' FROM resource WHERE unit_code = %(grid)s""",
    """INSERT INTO patrol_record (place_id, mover_id, result, at, username)
       SELECT p.id, f.mover_id, 'normal', now(), 'n' FROM place AS p, fix AS f
       WHERE p.unit_code = %(grid)s AND f.unit_code = %(grid)s""",
    """INSERT INTO place_person (place_id, worker_id, role)
       SELECT p.id, w.id, 'warden' FROM place AS p, worker AS w
       WHERE p.unit_code = %(grid)s AND w.code = %(worker)s""",
    """INSERT INTO inspection (place_id, level, due_from, due_on)
       SELECT id, risk_level, current_date, current_date FROM place WHERE unit_code = %(grid)s""",
    """INSERT INTO place_risk_proposal (place_id, from_level, to_level, rule, reason, username)
       SELECT id, risk_level, 1, 'person', 'test', 'test' FROM place WHERE unit_code = %(grid)s""",
    """INSERT INTO place_attachment (place_id, digest, name, kind, media_type, bytes, username)
       SELECT id, encode(sha256(convert_to(%(no)s, 'UTF8')), 'hex'), 'a.png', 'photo', 'image/png', 1, 'test'
       FROM place WHERE unit_code = %(grid)s""",
    """INSERT INTO component_repair (component_id, repaired_at, what)
       SELECT id, now(), 'mended' FROM component WHERE code = %(component)s""",
    """INSERT INTO component_alias (code, component_id, profile)
       SELECT substr(code, 2), id, 'gbt30428_2_2013' FROM component WHERE code = %(component)s""",
    """INSERT INTO component_retired (id, code, class_code, unit_code, organisation_id, was, geom)
       SELECT id + 1000, 'gone ' || code, class_code, unit_code, organisation_id, '{}', geom
       FROM component WHERE code = %(component)s""",
    "INSERT INTO component_sequence VALUES (left(%(grid)s, 6) || '01001', 1) ON CONFLICT DO NOTHING",
    """INSERT INTO component_profile_class
       VALUES ('gbt30428_2_2013', right(%(grid)s, 4), 'lid ' || %(grid)s, '01', 'test')
       ON CONFLICT DO NOTHING""",
    """INSERT INTO component_mapping
       VALUES ('gbt30428_2_2013', right(%(grid)s, 4), '01001', 1, 'test') ON CONFLICT DO NOTHING""",
    """INSERT INTO component_survey (account_id, username, filename, state)
       SELECT id, username, %(grid)s, 'done' FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO component_survey_row (survey_id, nr, verdict, row_number, code)
       SELECT id, 1, 'new', 1, %(component)s FROM component_survey WHERE filename = %(grid)s""",
    # An adapter with a message that it refused, and an office that has the event of the grid in its hands.
    """INSERT INTO adapter (name, source, account_id, mapping)
       SELECT 'adapter-' || %(grid)s, 'app', id, '{}' FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO adapter_pace (adapter_id) SELECT id FROM adapter WHERE name = 'adapter-' || %(grid)s""",
    """INSERT INTO adapter_refusal (adapter_id, key, problems)
       SELECT id, 'k', '[]' FROM adapter WHERE name = 'adapter-' || %(grid)s""",
    """INSERT INTO office (name, organisation_id, account_id, url)
       SELECT 'office ' || %(grid)s, o.id, a.id, 'https://office.invalid/v2'
       FROM account AS a, organisation AS o
       WHERE a.username = 'worker ' || %(grid)s AND o.code = 'roads'""",
    """INSERT INTO handover (office_id, event_id)
       SELECT f.id, e.id FROM office AS f, event AS e
       WHERE f.name = 'office ' || %(grid)s AND e.no = %(no)s""",
    # Of each grid a message by the account of its worker, and one that a rule made of its event.
    """INSERT INTO message (account_id, username, text, alphabet, parts, valid_for, expires_at)
       SELECT id, username, 'to ' || %(grid)s, 'gsm7', 1, '12 hours', now()
       FROM account WHERE username = 'worker ' || %(grid)s""",
    """INSERT INTO message (occasion, event_id, text, alphabet, parts, valid_for, expires_at)
       SELECT 'overdue', id, 'of ' || %(grid)s, 'gsm7', 1, '12 hours', now() FROM event WHERE no = %(no)s""",
    """INSERT INTO message_round (message_id, account_id, cost)
       SELECT id, account_id, 1 FROM message WHERE text = 'to ' || %(grid)s""",
    """INSERT INTO message_recipient (message_id, worker_id, state)
       SELECT m.id, w.id, 'sent' FROM message AS m, worker AS w
       WHERE m.text IN ('to ' || %(grid)s, 'of ' || %(grid)s) AND w.code = %(worker)s""",
    """INSERT INTO message_part (recipient_id, nr, gateway_id)
       SELECT r.id, 1, 'g' || r.id FROM message_recipient AS r JOIN worker AS w ON w.id = r.worker_id
       WHERE w.code = %(worker)s""",
    """INSERT INTO message_receipt (gateway_id, state) VALUES (%(grid)s, 'delivered')""",
    """INSERT INTO message_due (occasion, event_id) SELECT 'overdue', id FROM event WHERE no = %(no)s""",
    """INSERT INTO spent_sign_on (digest, expires_at)
       VALUES (sha256(convert_to(%(grid)s, 'UTF8')), now() + interval '1 day')""",
)
"""Statements in their order; values: grid, lon, lat, no, worker, organisation, component, packed."""

MEASURED = (
    """INSERT INTO location (name, encoding_type, shape, geom, organisation_id)
       SELECT 'site ' || code, 'application/geo+json', '{"type": "Point", "coordinates": [116.3, 39.9]}',
              ST_SetSRID(ST_MakePoint(116.3, 39.9), 4326), id
       FROM organisation WHERE code = %(organisation)s""",
    """INSERT INTO thing (name, organisation_id, location_ids)
       SELECT 'station ' || o.code, o.id, ARRAY[l.id]
       FROM organisation AS o JOIN location AS l ON l.name = 'site ' || o.code
       WHERE o.code = %(organisation)s""",
    """INSERT INTO sensor (name, organisation_id)
       SELECT 'gauge ' || code, id FROM organisation WHERE code = %(organisation)s""",
    """INSERT INTO observed_property (name, definition, organisation_id)
       SELECT 'pressure ' || code, 'p', id FROM organisation WHERE code = %(organisation)s""",
    """INSERT INTO feature_of_interest (name, encoding_type, shape, geom, organisation_id, location_id)
       SELECT name, encoding_type, shape, geom, organisation_id, id FROM location
       WHERE name = 'site ' || %(organisation)s""",
    """INSERT INTO datastream (name, thing_id, sensor_id, observed_property_id, unit, organisation_id)
       SELECT 'channel ' || o.code, t.id, s.id, p.id, '{"symbol": "kPa"}', o.id
       FROM organisation AS o JOIN thing AS t ON t.name = 'station ' || o.code
       JOIN sensor AS s ON s.name = 'gauge ' || o.code
       JOIN observed_property AS p ON p.name = 'pressure ' || o.code
       WHERE o.code = %(organisation)s""",
    "SELECT observation_month('2026-01-01')",
    """INSERT INTO observation (datastream_id, phenomenon_time, result)
       SELECT id, '2026-01-02 03:04:05Z', 1.5 FROM datastream WHERE name = 'channel ' || %(organisation)s""",
    """INSERT INTO alarm_rule (organisation_id, name, legal_basis, rule, must_match, created_by, changed_by)
       SELECT id, 'high ' || code, 'standard', '{}', false, 'n', 'n' FROM organisation
       WHERE code = %(organisation)s""",
    """INSERT INTO alarm_rule_edition (rule_id, edition, name, legal_basis, rule, username)
       SELECT id, edition, name, legal_basis, rule, 'n' FROM alarm_rule
       WHERE name = 'high ' || %(organisation)s""",
    """INSERT INTO alarm_state (rule_id, rule_edition, datastream_id, state, began_at)
       SELECT r.id, r.edition, d.id, '{}', now() FROM alarm_rule AS r, datastream AS d
       WHERE r.name = 'high ' || %(organisation)s AND d.name = 'channel ' || %(organisation)s""",
    """INSERT INTO alarm_sensor (state_id, datastream_id)
       SELECT s.id, s.datastream_id FROM alarm_state AS s JOIN alarm_rule AS r ON r.id = s.rule_id
       WHERE r.name = 'high ' || %(organisation)s""",
    """INSERT INTO alarm_feed (datastream_id, at, value)
       SELECT id, now(), 1 FROM datastream WHERE name = 'channel ' || %(organisation)s""",
    """INSERT INTO alarm (organisation_id, state_id, occurrence, rule_id, rule_edition, rule_name,
                          legal_basis, is_technical, datastream_id, thing_id, state, level, highest_level,
                          raised_at)
       SELECT r.organisation_id, s.id, 1, r.id, 1, r.name, r.legal_basis, false, d.id, d.thing_id,
              'unacknowledged', 2, 1, now()
       FROM alarm_state AS s JOIN alarm_rule AS r ON r.id = s.rule_id
       JOIN datastream AS d ON d.id = s.datastream_id
       WHERE r.name = 'high ' || %(organisation)s""",
    """INSERT INTO alarm_transition (alarm_id, at, event, before, after, level)
       SELECT id, raised_at, 'raised', 'normal', state, level FROM alarm
       WHERE rule_name = 'high ' || %(organisation)s""",
)
"""One of everything that an organisation measures."""
