#!/usr/bin/env bash
# Fetches the jars of Apache Kafka 3.9.1, the broker of the tests, from Maven Central, once for the
# user, and prints their folder.
#
#   SIGNALBOX_KAFKA_JARS  a folder that holds them already: nothing is fetched
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
  echo "kafka.sh: $*" >&2
  exit 1
}

if [[ -n "${SIGNALBOX_KAFKA_JARS:-}" ]]; then
  compgen -G "${SIGNALBOX_KAFKA_JARS}/kafka_2.13-*.jar" >/dev/null ||
    fail "SIGNALBOX_KAFKA_JARS=${SIGNALBOX_KAFKA_JARS} holds no kafka_2.13-*.jar"
  echo "${SIGNALBOX_KAFKA_JARS}"
  exit 0
fi

cache="${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/signalbox"
jars="${cache}/kafka-3.9.1"
if [[ -d "${jars}" ]]; then
  echo "${jars}"
  exit 0
fi

for tool in java mvn flock; do
  command -v "${tool}" >/dev/null || fail "${tool} is missing; infra/setup/install.sh test installs it"
done
mkdir -p "${cache}"
# Two test programs may start at once: the second waits and finds the folder.
exec 9>"${cache}/kafka.lock"
flock --timeout 600 9 || fail "another process has held ${cache}/kafka.lock for ten minutes"
if [[ -d "${jars}" ]]; then
  echo "${jars}"
  exit 0
fi

staging="$(mktemp -d "${cache}/kafka-3.9.1.XXXXXX")"
trap 'rm -rf "${staging}"' EXIT
fetched=
for attempt in 1 2 3; do
  echo "kafka.sh: fetching Apache Kafka's jars from Maven Central (46 MB, attempt ${attempt} of 3)" >&2
  if timeout 300 mvn --batch-mode --quiet -Dmaven.wagon.http.retryHandler.count=3 \
    --file ../kafka/pom.xml dependency:copy-dependencies "-DoutputDirectory=${staging}" </dev/null 9>&- >&2; then
    fetched=yes
    break
  fi
  sleep 5
done
[[ -n "${fetched}" ]] || fail "Maven Central did not give Apache Kafka's jars: see the messages above. Check the" \
  "network or ~/.m2/settings.xml, or point SIGNALBOX_KAFKA_JARS at a folder that holds them"
compgen -G "${staging}/kafka_2.13-*.jar" >/dev/null || fail "Maven ended without an error and without kafka_2.13-*.jar"
chmod 755 "${staging}"
mv --no-target-directory "${staging}" "${jars}"
echo "${jars}"
