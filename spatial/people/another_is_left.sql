SELECT EXISTS (
    SELECT FROM account
    WHERE role = 'district_administrator' AND reach = 'city' AND NOT disabled AND id <> %(id)s
);
