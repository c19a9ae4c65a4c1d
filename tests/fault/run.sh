#!/usr/bin/env bash
# `make fault`: kills, cuts and fills until it would show, and counts what is lost.
#
# SIGNALBOX_FAULT_KILLS  how often the node is killed under load (200)
# SIGNALBOX_FAULT_SEED   which moments and which visitors (the day of the year)
# SIGNALBOX_FAULT_OUTAGES, SIGNALBOX_FAULT_OUTAGE_SECONDS  of the broker (10, 30)
# SIGNALBOX_FAULT_TAKEOVERS  of a standby process node (10); SIGNALBOX_FAULT_ROLLS, restarts of all nodes (5)
# SIGNALBOX_FAULT_NODE_KILLS, SIGNALBOX_FAULT_ROUNDS  of a cluster's nodes, of Redis and PostgreSQL (50, 5)
# GTEST_FILTER           which tests (all)
set -euo pipefail
cd "$(dirname "$0")/../.."

export SIGNALBOX_FAULT_KILLS="${SIGNALBOX_FAULT_KILLS:-200}"
export SIGNALBOX_FAULT_SEED="${SIGNALBOX_FAULT_SEED:-$(date +%-j)}"
export SIGNALBOX_FAULT_OUTAGES="${SIGNALBOX_FAULT_OUTAGES:-10}"
export SIGNALBOX_FAULT_OUTAGE_SECONDS="${SIGNALBOX_FAULT_OUTAGE_SECONDS:-30}"
export SIGNALBOX_FAULT_TAKEOVERS="${SIGNALBOX_FAULT_TAKEOVERS:-10}"
export SIGNALBOX_FAULT_ROLLS="${SIGNALBOX_FAULT_ROLLS:-5}"
export SIGNALBOX_FAULT_NODE_KILLS="${SIGNALBOX_FAULT_NODE_KILLS:-50}"
export SIGNALBOX_FAULT_ROUNDS="${SIGNALBOX_FAULT_ROUNDS:-5}"
export GTEST_FILTER="${GTEST_FILTER:-*}"

report=build/fault
suites=(event_log_fault_test kill_test node_fault_test standby_fault_test
  lost_lease_fault_test replica_fault_test)
mkdir -p "$report"
cmake --build --preset release --parallel "${JOBS:-$(nproc)}" --target "${suites[@]}"

failed=0
for suite in "${suites[@]}"; do
  "build/release/bin/$suite" --gtest_output="json:$report/$suite.json" 2>&1 | tee "$report/$suite.log" || failed=1
done

echo
echo "fault: $SIGNALBOX_FAULT_KILLS kills under load, seed $SIGNALBOX_FAULT_SEED"
grep -hE '^\[  (PASSED|FAILED)  \]|^[0-9]+ events of ' "$report"/*.log | sed 's/^/  /'
[[ $failed == 0 ]] && echo "  nothing lost, nothing doubled" || echo "  BROKEN PROMISES: see $report/*.log"
exit $failed
