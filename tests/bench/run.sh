#!/usr/bin/env bash
# Measures Signalbox against bare limits of the same run, prints one table and writes JSON under
# build/bench/.
#
#   tests/bench/run.sh [scripting|pipeline|serve|updates|ingest|event_log|scale|kafka]...   all but kafka by default
#
#   SIGNALBOX_BENCH_SECONDS  of each load (3)
#   SIGNALBOX_BENCH_SCALE    items and users of `scale` (1000000, ten minutes or more); 0 leaves it out
#   SIGNALBOX_BENCH_KEEP     1: the state of `scale` stays in build/bench/data and serves the next run
#   SIGNALBOX_BENCH_BUILD    a build directory that is configured (build/release)
#   SIGNALBOX_TEST_DATA      MovieLens-1M and diginetica; random data of their size without them
set -euo pipefail
cd "$(dirname "$0")/../.."

build=${SIGNALBOX_BENCH_BUILD:-build/release}
out=build/bench
benches=("$@")
((${#benches[@]})) || benches=(scripting pipeline serve updates ingest event_log scale)
if [[ ${SIGNALBOX_BENCH_SCALE:-} == 0 ]]; then
  kept=()
  for bench in "${benches[@]}"; do [[ $bench == scale ]] || kept+=("$bench"); done
  benches=("${kept[@]}")
fi
if [[ -z ${SIGNALBOX_TEST_DATA:-} && -d ../shared/data ]]; then
  SIGNALBOX_TEST_DATA=$(realpath ../shared/data)
  export SIGNALBOX_TEST_DATA
fi

mkdir -p "$out"
cmake --build "$build" --parallel "${JOBS:-$(nproc)}" --target signalbox "${benches[@]/%/_bench}" >"$out/build.log" ||
  { tail -n 30 "$out/build.log" >&2; exit 1; }

failed=0
for bench in "${benches[@]}"; do
  echo "== $bench"
  rm -f "$out/$bench.json"
  timeout --kill-after=10 3600 "$build/bin/${bench}_bench" 2>"$out/$bench.log" ||
    { echo "bench: $bench failed; $out/$bench.log:" >&2; tail -n 20 "$out/$bench.log" >&2; failed=1; }
done

echo
echo "== goals"
format='%-62s %12s %-9s %12s  %s\n'
# shellcheck disable=SC2059  # the format is ours
printf "$format" figure measured "" goal ""
for bench in "${benches[@]}"; do
  [[ -f $out/$bench.json ]] || continue
  jq -r '.figures[]? | select(.goal != null) |
    [.name, (.value * 1000 | round / 1000), (if .unit == "" then "-" else .unit end),
     (if .at_least then ">=" else "<=" end) + " " + (.goal * 1000 | round / 1000 | tostring),
     (if .reached then "reached" else "MISSED" end)] | @tsv' "$out/$bench.json"
done | while IFS=$'\t' read -r name value unit goal reached; do
  # shellcheck disable=SC2059
  printf "$format" "$name" "$value" "$unit" "$goal" "$reached"
done
exit $failed
