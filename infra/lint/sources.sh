#!/usr/bin/env bash
# Prints the repository's files that match the given patterns, each ended by NUL: those git
# tracks and new ones it does not ignore, so that a check sees a file before its first commit.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git ls-files -z --cached --others --exclude-standard --deduplicate -- "$@"
else
  paths=(-false)
  for pattern in "$@"; do paths+=(-o -path "./${pattern}"); done
  find . \( -path ./build -o -path ./.git -o -name node_modules \) -prune -o -type f \( "${paths[@]}" \) -printf '%P\0'
fi | while IFS= read -r -d '' file; do
  if [[ -f "${file}" ]]; then printf '%s\0' "${file}"; fi
done
