-- scripts-lua/scenarios/next_item.lua — what comes next in this visit, also what was seen in it before
tunable("session", 0.85, { min = 0, max = 1, help = "what similar visits went on to" })
tunable("co_view", 0.15, { min = 0, max = 1, help = "viewed or bought by the same visitors" })

candidates { session = 200, co_view = 150 }

function weights(ctx)
  return { session = tune.session, co_view = tune.co_view }
end
