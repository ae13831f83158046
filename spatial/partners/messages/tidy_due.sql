DELETE FROM message_due WHERE at < now() - interval '1 day';
