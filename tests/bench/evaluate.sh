#!/usr/bin/env bash
# Ranking quality on the data sets of SIGNALBOX_TEST_DATA, by the real pipeline.
#
# usage: evaluate.sh [data set ...]      (make evaluate; default: all that are there)
#
# SIGNALBOX_BIN, SIGNALBOX_TEST_DATA  the program and the folder of data sets
# EVALUATE_LIMIT                      ask only so many queries of each, evenly spread
# EVALUATE_SCENARIO                   a scenario's name or file; default: next_item for sessions, else default
#
# Reports are written to build/bench/evaluate/<data set>.json. Exits 1 if a run failed or a figure
# is below what is asked of it, 0 otherwise; a data set that is not there is named as skipped.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly out=build/bench/evaluate
if [[ -z ${SIGNALBOX_TEST_DATA:-} || ! -d $SIGNALBOX_TEST_DATA ]]; then
  echo "evaluate: SKIPPED, SIGNALBOX_TEST_DATA does not name a folder of data sets" >&2
  exit 0
fi
[[ -x ${SIGNALBOX_BIN:-} ]] || { echo "evaluate: SIGNALBOX_BIN does not name the program; use make evaluate" >&2; exit 1; }
readonly data=$SIGNALBOX_TEST_DATA
readonly all=(serenade-example yoochoose-100k diginetica retailrocket-sessions ml-100k ml-1m)

# What is asked: "data set|part|figure|at least".
readonly floors="
diginetica|session|hr@20|0.51
diginetica|session|mrr@20|0.18
serenade-example|session|hr@20|0.64
serenade-example|session|mrr@20|0.33
yoochoose-100k|session|hr@20|0.68
yoochoose-100k|session|mrr@20|0.36
ml-1m|blend|hr@10|0.20
"

arguments_of() {
  case $1 in
    serenade-example | yoochoose-100k)
      echo "--protocol next-item --format yoochoose --train $data/$1/train.txt --test $data/$1/test.txt --signals all" ;;
    diginetica | retailrocket-sessions)
      echo "--protocol next-item --format sessions --train $data/$1/train_sessions.txt" \
        "--test $data/$1/test_prefix_label.txt --signals all" ;;
    ml-1m) echo "--protocol leave-one-out --format movielens-1m --train $data/$1 --signals all" ;;
    ml-100k) echo "--protocol leave-one-out --format movielens-100k --train $data/$1 --signals all" ;;
    *) return 1 ;;
  esac
}

scenario_of() {
  if [[ -n ${EVALUATE_SCENARIO:-} ]]; then
    echo "$EVALUATE_SCENARIO"
  elif [[ $1 == ml-* ]]; then
    echo default
  else
    echo next_item
  fi
}

# The blend is to be at least as good as the best single signal.
check_blend() {
  local figure blend best
  [[ $1 == ml-* ]] && figure=hr@10 || figure=hr@20
  blend=$(jq -r --arg figure $figure '.blend[$figure]' "$out/$1.json")
  best=$(jq -r --arg figure $figure '[.signals[][$figure]] | max' "$out/$1.json")
  if jq -en "$blend >= $best" >/dev/null; then
    printf '  ok      blend %s %.4f >= best signal %.4f\n' $figure "$blend" "$best"
  else
    printf '  BELOW   blend %s %.4f < best signal %.4f\n' $figure "$blend" "$best"
    return 1
  fi
}

# Compares a report with the floors; false if one is not reached.
check_floors() {
  local set=$1 dataset part figure floor value reached=0
  while IFS='|' read -r dataset part figure floor; do
    [[ $dataset == "$set" ]] || continue
    value=$(jq -r --arg part "$part" --arg figure "$figure" \
      '(if $part == "blend" then .blend else .signals[$part] end)[$figure] // 0' "$out/$set.json")
    if jq -en "$value >= $floor" >/dev/null; then
      printf '  ok      %s %s %.4f >= %s\n' "$part" "$figure" "$value" "$floor"
    else
      printf '  BELOW   %s %s %.4f < %s\n' "$part" "$figure" "$value" "$floor"
      reached=1
    fi
  done <<<"$floors"
  return $reached
}

mkdir -p "$out"
sets=("$@")
((${#sets[@]})) || sets=("${all[@]}")
failed=0
for set in "${sets[@]}"; do
  arguments=$(arguments_of "$set") || { echo "evaluate: no data set is called $set" >&2; exit 2; }
  if [[ ! -d $data/$set ]]; then
    echo "== $set: SKIPPED, not in $data"
    continue
  fi
  echo "== $set"
  # shellcheck disable=SC2086  # a list of words
  if ! "$SIGNALBOX_BIN" evaluate $arguments --k 10,20 --out "$out/$set.json" \
    --scenario "$(scenario_of "$set")" ${EVALUATE_LIMIT:+--limit "$EVALUATE_LIMIT"}; then
    failed=1
    continue
  fi
  check_floors "$set" || failed=1
  check_blend "$set" || failed=1
done
exit $failed
