-- Written down by somebody: strangers do not crowd it out.
INSERT INTO device (protocol, identity, name, attributes)
VALUES (%(protocol)s, %(identity)s, %(name)s, '{"expected": true}')
RETURNING id;
