#!/usr/bin/env bash
# Installs the Debian packages that are missing: install.sh [build|test]
#
#   build  what `make build` and `make demo` need
#   test   the same and what the tests and static checks need (the default); fetches the broker
#          of the tests too (kafka.sh)
#
# Nothing missing: returns at once, without apt. SIGNALBOX_SKIP_SETUP=1 skips it altogether,
# for a machine whose packages somebody else looks after.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")"

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

kind="${1:-test}"
case "${kind}" in
  build) lists=(packages-build.txt) ;;
  test) lists=(packages-build.txt packages-test.txt) ;;
  *)
    echo "usage: ${0##*/} [build|test]" >&2
    exit 2
    ;;
esac

if [[ -n "${SIGNALBOX_SKIP_SETUP:-}" ]]; then exit 0; fi

fetch_broker() {
  # Without it the tests that need a broker fail and say so; everything else goes on.
  if [[ "${kind}" == test ]]; then ./kafka.sh >/dev/null || true; fi
}

mapfile -t wanted < <(sed -e 's/#.*//' "${lists[@]}" | awk 'NF { print $1 }' | sort -u)

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  fail "this is not a Debian system. Install the equivalents of these, then set SIGNALBOX_SKIP_SETUP=1: ${wanted[*]}"
fi

# dpkg-query fails when it does not know one of the names; what it prints is right all the same.
installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
  awk '$1 == "installed" { print $2 }' | sort -u || true)
mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}") <(printf '%s\n' "${installed}"))
if ((${#missing[@]} == 0)); then
  fetch_broker
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    fail "run it as root, or install sudo. Missing: ${missing[*]}"
  as_root=(sudo)
fi

echo "install.sh: installing ${#missing[@]} missing packages: ${missing[*]}" >&2
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq --yes -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}
# Debian starts a server when it installs one. Tests start their own, so none is left running here.
policy=/usr/sbin/policy-rc.d
if [[ ! -e "${policy}" ]]; then
  trap '"${as_root[@]}" rm -f "${policy}"' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "${policy}" >/dev/null
  "${as_root[@]}" chmod 755 "${policy}"
fi
# An unreachable source that has none of these packages is no reason to stop here.
apt update || echo "install.sh: apt-get update failed; trying with the lists at hand" >&2
apt install --no-install-recommends "${missing[@]}" ||
  fail "apt-get could not install ${missing[*]}. Debian 12 (bookworm) has all of them: look at the messages above and at /etc/apt/sources.list"
fetch_broker
