SELECT code, name, class_code, class_name FROM matter ORDER BY code;
