SELECT to_regclass('city.alembic_version') IS NOT NULL;
