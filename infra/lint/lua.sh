#!/usr/bin/env bash
# luacheck over the Lua scripts, with the DSL's words from .luacheckrc.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

infra/lint/sources.sh "scripts-lua/*.lua" | xargs --null --no-run-if-empty luacheck --quiet --codes --no-color
