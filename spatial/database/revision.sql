SELECT version_num FROM city.alembic_version;
