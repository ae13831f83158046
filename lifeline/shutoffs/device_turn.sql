-- As somebody has found or turned them: null leaves a column as it is.
UPDATE network_device
SET is_open = coalesce(%(is_open)s, is_open), is_operable = coalesce(%(is_operable)s, is_operable)
WHERE network_id = %(network)s AND code = ANY (%(codes)s::text[])
      AND (is_open, is_operable) IS DISTINCT FROM (coalesce(%(is_open)s, is_open),
                                                   coalesce(%(is_operable)s, is_operable));
