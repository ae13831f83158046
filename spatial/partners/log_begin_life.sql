INSERT INTO log_life (life, server, source) VALUES (%(life)s, %(server)s, %(source)s);
