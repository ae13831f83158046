UPDATE data_key SET retired_at = now() WHERE purpose = %(purpose)s AND id <> %(newest)s AND retired_at IS NULL;
