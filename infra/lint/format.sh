#!/usr/bin/env bash
# clang-format over every C and C++ file of the repository: format.sh [check|fix]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

case "${1:-check}" in
  check) options=(--dry-run -Werror) ;;
  fix) options=(-i) ;;
  *)
    echo "usage: ${0##*/} [check|fix]" >&2
    exit 2
    ;;
esac

infra/lint/sources.sh '*.c' '*.cpp' '*.h' '*.hpp' |
  xargs --null --no-run-if-empty --max-procs="$(nproc)" --max-args=16 clang-format-14 "${options[@]}"
