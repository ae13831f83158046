-- Touches no row when the job was dismissed: whoever does it learns it from that.
UPDATE process_job SET progress = %(progress)s, message = %(message)s, updated_at = now()
WHERE number = %(number)s AND state = 'running';
