INSERT INTO account (username, display_name, role, reach, area)
VALUES (%(username)s, %(display_name)s, 'viewer', 'area', %(area)s)
ON CONFLICT (username) DO NOTHING;
