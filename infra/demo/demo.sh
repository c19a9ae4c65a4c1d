#!/usr/bin/env bash
# The demo: a node with the sample shop and visitors who keep clicking.
#
# usage: demo.sh start|stop|reset
#
# SIGNALBOX_BIN          the program (set by `make demo`)
# DEMO_INGEST_PORT etc.  other ports than 8080 to 8083
#
# State, logs and pid files are in build/demo/. start keeps what is there; reset forgets it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly state=build/demo
readonly ingest_port=${DEMO_INGEST_PORT:-8080}
readonly recommend_port=${DEMO_RECOMMEND_PORT:-8081}
readonly admin_port=${DEMO_ADMIN_PORT:-8082}
readonly ops_port=${DEMO_OPS_PORT:-8083}
readonly ingest=http://127.0.0.1:$ingest_port
readonly recommend=http://127.0.0.1:$recommend_port
readonly ready_seconds=120 stop_seconds=60
readonly history_days=30 history_events=20000 visitors=300 rate=5

fail() {
  echo "demo: $*" >&2
  exit 1
}

# The process of a pid file, if it still is ours: ids are used again. $1 is serve or simulate.
running_pid() {
  local pid
  pid=$(cat "$state/$1.pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[0-9]+$ ]] || return 1
  tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qx "$1" || return 1
  echo "$pid"
}

# Starts the program in the background, in a session of its own so that it outlives this terminal.
launch() {
  local name=$1
  setsid "$SIGNALBOX_BIN" "$@" </dev/null >>"$state/$name.log" 2>&1 &
  echo $! >"$state/$name.pid"
}

stop_one() {
  local pid i
  if ! pid=$(running_pid "$1"); then
    rm -f "$state/$1.pid"
    return
  fi
  kill -TERM "$pid" 2>/dev/null || true
  for ((i = 0; i < stop_seconds * 10; i++)); do
    running_pid "$1" >/dev/null || break
    sleep 0.1
  done
  if running_pid "$1" >/dev/null; then
    echo "demo: $1 ($pid) did not end in $stop_seconds s; killing it" >&2
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$state/$1.pid"
  echo "stopped $1"
}

check_ports_free() {
  local name port
  for name in ingest_port recommend_port admin_port ops_port; do
    port=${!name}
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      fail "port $port is in use; stop what listens there, or choose another: DEMO_${name^^}=… make demo"
    fi
  done
}

start_server() {
  local i
  if running_pid serve >/dev/null; then
    echo "already running"
    return
  fi
  check_ports_free
  launch serve --data-dir "$state/data" --set "http.ingest_port=$ingest_port" \
    --set "http.recommend_port=$recommend_port" --set "http.admin_port=$admin_port" \
    --set "http.ops_port=$ops_port"
  for ((i = 0; i < ready_seconds * 10; i++)); do
    curl -sf -o /dev/null "http://127.0.0.1:$ops_port/readyz" && return
    if ! running_pid serve >/dev/null; then
      tail -n 5 "$state/serve.log" >&2
      fail "the server ended; its log is $state/serve.log"
    fi
    sleep 0.1
  done
  fail "the server was not ready in $ready_seconds s; its log is $state/serve.log"
}

# The shop's products and a month of visits, once for this state.
seed_shop() {
  [[ -e $state/seeded ]] && return
  echo "sending 480 products and $history_days days of visits"
  "$SIGNALBOX_BIN" simulate --url "$ingest" --history-days $history_days --events $history_events \
    --visitors $visitors
  touch "$state/seeded"
}

start_visitors() {
  running_pid simulate >/dev/null && return
  launch simulate --url "$ingest" --no-items --follow-recommendations --rate $rate --visitors $visitors
}

# A visitor's last clicks and what they are recommended, with titles.
show_recommendation() {
  local user=visitor-0007
  echo
  echo "$user last looked at"
  curl -sf "$recommend/users/$user/history" |
    jq -r '.history[:5][] | [.event_type, .item_id] | @tsv' | while IFS=$'\t' read -r type item; do
    printf '  %-9s %s\n' "$type" "$(title_of "$item")"
  done
  echo "and is recommended"
  curl -sf "$recommend/recommendations?user_id=$user&count=6&attributes=true" |
    jq -r '.recommendations[] | [.score, .attributes.title // .item_id, .reason] | @tsv' |
    while IFS=$'\t' read -r score title reason; do
      printf '  %.3f  %-58s (%s)\n' "$score" "$title" "$reason"
    done
}

title_of() {
  curl -sf "$ingest/items/$1" | jq -r '.title // .item_id' || echo "$1"
}

show_addresses() {
  cat <<EOF

events and catalogue     $ingest
recommendations          $recommend
administration           http://127.0.0.1:$admin_port/admin/v1/status
health and metrics       http://127.0.0.1:$ops_port/metrics
logs                     $state/serve.log, $state/simulate.log

Try it: you click a tent, see what is recommended to you at once, and ask why.

curl -X POST $ingest/events -d '{"user_id":"you","item_id":"tent-05","event_type":"click"}'
curl '$recommend/recommendations?user_id=you&count=5&attributes=true'
curl '$recommend/recommendations?user_id=you&count=1&explain=true'

make demo-stop ends it and keeps the state; make demo-reset forgets the state.
EOF
}

start() {
  [[ -x ${SIGNALBOX_BIN:-} ]] || fail "SIGNALBOX_BIN does not name the program; use make demo"
  mkdir -p "$state"
  start_server
  seed_shop
  start_visitors
  show_recommendation
  show_addresses
}

stop() {
  stop_one simulate
  stop_one serve
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  reset)
    stop
    rm -rf "$state"
    ;;
  *)
    echo "usage: demo.sh start|stop|reset" >&2
    exit 2
    ;;
esac
