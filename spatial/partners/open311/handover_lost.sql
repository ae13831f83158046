-- The office says that it does not know what it took; it is asked after again all the same.
UPDATE handover SET error = %(error)s WHERE id = %(id)s;
