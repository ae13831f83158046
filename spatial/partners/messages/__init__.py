"""Text messages (短信) to people in the field: for whom, their states, receipts, rules and gateways."""
