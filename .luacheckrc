-- What a scenario or experiment script may use: the sandbox's part of the standard library
-- and the words of the DSL (scripts-lua/prelude.md). Anything else is a finding.
stds.signalbox = {
  globals = { "weights" }, -- a script defines it
  read_globals = {
    -- the sandbox
    "assert", "error", "ipairs", "next", "pairs", "select", "tonumber", "tostring", "type", "pcall",
    math = { other_fields = true },
    string = { other_fields = true },
    table = { other_fields = true },
    -- the scenario
    "tunable", "candidates", "where", "normalise", "missing", "filter", "boost", "rules",
    "cache_seconds", "fallback", "extends",
    tune = { other_fields = true },
    -- list rules
    "at_most", "at_least", "pin", "bury", "exclude_seen", "diversify", "dedupe", "explore", "schedule",
    -- experiments
    "experiment",
    -- tests of scenarios
    "test",
  },
}
std = "signalbox"
max_line_length = 120
unused_args = false -- callbacks take (item, ctx) whether or not they need both
