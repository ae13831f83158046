-- By code in the order of bytes, as numpy searches.
SELECT code, id FROM worker ORDER BY code COLLATE "C"
