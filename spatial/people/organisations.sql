SELECT id, code, name, name_en, kind FROM organisation ORDER BY code;
