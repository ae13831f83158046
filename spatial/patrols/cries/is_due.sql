SELECT EXISTS (SELECT FROM cry WHERE waiting_since <= now() - %(after)s::interval);
