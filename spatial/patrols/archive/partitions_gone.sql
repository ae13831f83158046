SELECT relname FROM pg_class WHERE relname ~ '^fix_gone_[0-9]{8}$' AND relkind = 'r' AND relnamespace = 'city'::regnamespace;
