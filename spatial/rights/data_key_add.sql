INSERT INTO data_key (id, purpose, wrapped) OVERRIDING SYSTEM VALUE VALUES (%(id)s, %(purpose)s, %(wrapped)s);
