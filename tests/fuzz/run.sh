#!/usr/bin/env bash
# Runs each fuzzer for a bounded time; what it found stays in build/fuzz/<name>/.
#
#   tests/fuzz/run.sh [name]...   all of them by default
#
#   SIGNALBOX_FUZZ_SECONDS  of each (60)
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${SIGNALBOX_FUZZ_SECONDS:-60}
names=("$@")
if ((${#names[@]} == 0)); then
  for source in tests/fuzz/*_fuzz.cpp; do names+=("$(basename "$source" _fuzz.cpp)"); done
fi

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --parallel "${JOBS:-$(nproc)}" --target "${names[@]/%/_fuzz}"

failed=0
for name in "${names[@]}"; do
  out=build/fuzz/$name
  mkdir -p "$out/corpus"
  echo "== $name: $seconds s"
  "build/fuzz/bin/${name}_fuzz" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=4096 \
    -print_final_stats=1 -artifact_prefix="$out/" "$out/corpus" "tests/fuzz/seeds/$name" >"$out/log" 2>&1 ||
    { echo "fuzz: $name failed; $out/log:" >&2; tail -n 40 "$out/log" >&2; failed=1; }
  grep -E '^stat::number_of_executed_units|^stat::average_exec' "$out/log" || true
done
exit $failed
