SELECT secret_cipher, opener_kind, opener_cipher FROM webhook WHERE id = %(id)s FOR UPDATE;
