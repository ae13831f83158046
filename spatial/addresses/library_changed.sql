-- Keys of addresses that an index of a state must not tell any more: changed, deleted, out of use since a day.
SELECT id FROM address WHERE stamp > %(stamp)s
UNION SELECT id FROM address WHERE valid_until > %(day)s AND valid_until <= current_date
UNION SELECT address_id FROM address_gone WHERE stamp > %(stamp)s
ORDER BY 1;
