-- scripts-lua/scenarios/category.lua — the best of one category; ask with category=
tunable("popularity", 0.5,  { min = 0, max = 1, help = "what everybody looks at" })
tunable("session",    0.25, { min = 0, max = 1, help = "what similar visits went on to" })
tunable("co_view",    0.15, { min = 0, max = 1, help = "viewed or bought by the same visitors" })
tunable("recency",    0.1,  { min = 0, max = 1, help = "new in the catalogue" })

candidates { popularity = 300, session = 100, co_view = 100 }
where { stock = { above = 0, or_absent = true } }
normalise { popularity = "rank" } -- so that one bestseller does not make all others equal

function weights(ctx)
  local w = {
    popularity = tune.popularity,
    session = tune.session,
    co_view = tune.co_view,
    recency = tune.recency,
  }
  if ctx.history_length == 0 then w.recency = 0.3 end
  return w
end

filter("no repeats", function(item, ctx) return not ctx.bought[item.id] end)

rules {
  dedupe  { field = "group_id" },
  at_most { field = "brand", count = 2, window = 6 },
}
