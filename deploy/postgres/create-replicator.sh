#!/bin/sh
# Run once by the postgres image when it initialises the cluster: creates the role of a streaming replica.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$REPLICATION_PASSWORD" --username "$POSTGRES_USER" \
    --dbname postgres <<'SQL'
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'password';
SQL
# "all" in the image's own line does not include replication.
echo "host replication replicator all scram-sha-256" >> "$PGDATA/pg_hba.conf"
