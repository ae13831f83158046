DECLARE
    c audit_context;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM new_rows) THEN
            c := audit_context();
            {insert};
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM old_rows) THEN
            c := audit_context();
            {delete};
        END IF;
    ELSIF EXISTS (SELECT FROM new_rows) THEN
        c := audit_context();
        {update};
    END IF;
    RETURN NULL;
END
