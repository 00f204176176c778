#!/bin/sh
# Run once by the postgres image when it initialises the cluster: creates the application's role and database.
# The role is not a superuser; it may create databases, which restoring a backup needs.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$LAYAR_DATABASE_PASSWORD" --username "$POSTGRES_USER" \
    --dbname postgres <<'SQL'
CREATE ROLE layar LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE layar OWNER layar;
SQL
