#!/usr/bin/env bash
# clang-format over every C and C++ file of the repository: format.sh [check|fix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

each_source() {
  infra/lint/sources.sh '*.c' '*.cpp' '*.h' '*.hpp' | xargs --null --no-run-if-empty --max-procs="$(nproc)" "$@"
}

case "${1:-check}" in
  fix) each_source --max-args=16 clang-format-14 -i ;;
  check)
    # One process a file and only its first finding: clang-format prints them unbuffered.
    each_source --max-args=1 bash -c '
      finding=$(clang-format-14 --dry-run -Werror --ferror-limit=1 "$0" 2>&1) || { echo "${finding%%$'"'\n'"'*}"; exit 1; }' ||
      { echo "clang-format: run make format" >&2; exit 1; }
    ;;
  *)
    echo "usage: ${0##*/} [check|fix]" >&2
    exit 2
    ;;
esac
