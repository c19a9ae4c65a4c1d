#!/usr/bin/env bash
# Fills the empty database of DATABASE_URL from a folder that backup.sh wrote: restore.sh DIR
# All of it or nothing. Needs postgresql-client.
set -euo pipefail

if (($# != 1)); then
  echo "usage: ${0##*/} DIR" >&2
  exit 2
fi
: "${DATABASE_URL:?set it to postgres://user:password@host:5432/database}"
(cd "$1" && sha256sum --quiet --check SHA256SUMS) || {
  echo "restore.sh: $1 is damaged or was not finished; use another backup" >&2
  exit 1
}
tables=$(psql --no-psqlrc --tuples-only --no-align --dbname="$DATABASE_URL" \
  --command="SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
if ((tables > 0)); then
  echo "restore.sh: the database has tables already; restore into an empty one" >&2
  exit 1
fi
pg_restore --single-transaction --exit-on-error --no-owner --no-privileges --dbname="$DATABASE_URL" "$1/database.dump"
echo "restored from $1"
