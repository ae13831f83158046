UPDATE external_source SET claimed_at = NULL WHERE mode = %(mode)s AND claimed_at IS NOT NULL;
