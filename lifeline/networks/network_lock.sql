-- Whoever changes a network has its row first, so that two never wait for each other.
SELECT id, kind, edition FROM network WHERE name = %(name)s FOR UPDATE;
