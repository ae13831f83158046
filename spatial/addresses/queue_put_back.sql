-- Nobody's fault: the try does not count.
UPDATE address_job SET state = 'waiting', tries = greatest(tries - 1, 0) WHERE id = %(id)s AND state = 'running';
