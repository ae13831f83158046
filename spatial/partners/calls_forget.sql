DELETE FROM call_count WHERE hour < now() - interval '400 days';
