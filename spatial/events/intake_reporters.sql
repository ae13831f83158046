INSERT INTO reporter (event_id, generated, name, name_cipher, name_digest, phone, phone_cipher, phone_digest,
                      id_number, id_number_cipher, id_number_digest, address, address_cipher)
SELECT *
FROM unnest(%(event_id)s::bigint[], %(generated)s::boolean[],
            %(name)s::text[], %(name_cipher)s::bytea[], %(name_digest)s::bytea[],
            %(phone)s::text[], %(phone_cipher)s::bytea[], %(phone_digest)s::bytea[],
            %(id_number)s::text[], %(id_number_cipher)s::bytea[], %(id_number_digest)s::bytea[],
            %(address)s::text[], %(address_cipher)s::bytea[]);
