-- tests/bench/scripts/scenarios/default.lua — the session signal alone, to compare with other VMIS-kNN servers
candidates { session = 21 }

function weights(ctx)
  return { session = 1 }
end
