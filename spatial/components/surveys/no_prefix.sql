UPDATE surveyed SET verdict = 'rejected',
    reasons = ARRAY['code: cannot be renewed, because the point lies in no grid that says the county']
WHERE verdict = 'new' AND prefix IS NULL AND (code IS NULL OR (%(renew)s AND profile <> %(profile)s));
