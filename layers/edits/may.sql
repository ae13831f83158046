-- Whether the standpoint of this transaction was granted a verb on a table; false where there is none.
SELECT coalesce(has_table_privilege(to_regclass(format('%%I.%%I', %(schema)s::text, %(table)s::text)), %(verb)s), false);
