-- By when it came: clocks of devices may be years off.
DELETE FROM happening WHERE received_at < now() - %(days)s * interval '1 day';
