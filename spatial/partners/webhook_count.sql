SELECT count(*) FROM webhook;
