#!/usr/bin/env bash
# Writes the database of DATABASE_URL to a new folder: backup.sh DIR
# Consistent as of its beginning, while nodes go on. Needs postgresql-client.
set -euo pipefail

if (($# != 1)); then
  echo "usage: ${0##*/} DIR" >&2
  exit 2
fi
: "${DATABASE_URL:?set it to postgres://user:password@host:5432/database}"
if [[ -e $1 ]]; then
  echo "backup.sh: $1 exists; name a new folder" >&2
  exit 1
fi
umask 077
mkdir "$1"
pg_dump --format=custom --no-owner --no-privileges --file="$1/database.dump.part" --dbname="$DATABASE_URL"
(cd "$1" && mv database.dump.part database.dump && sha256sum database.dump >SHA256SUMS)
echo "backed up to $1: $(du -h "$1/database.dump" | cut -f1)"
