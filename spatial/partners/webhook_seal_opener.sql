UPDATE webhook SET opener_kind = %(kind)s, opener_cipher = %(cipher)s WHERE id = %(id)s;
