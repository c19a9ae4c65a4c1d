-- scripts-lua/scenarios/default.lua — what similar visits went on to, what goes together, what is like it
tunable("session",     0.35, { min = 0, max = 1, help = "what similar visits went on to" })
tunable("co_view",     0.25, { min = 0, max = 1, help = "viewed or bought by the same visitors" })
tunable("content_knn", 0.2,  { min = 0, max = 1, help = "alike by description and attributes" })
tunable("popularity",  0.15, { min = 0, max = 1, help = "what everybody looks at" })
tunable("recency",     0.05, { min = 0, max = 1, help = "new in the catalogue" })
tunable("fresh_days",  14,   { min = 0, max = 365, help = "how many days an item counts as new" })

candidates { session = 150, co_view = 150, content_knn = 100, popularity = 100 }
where { stock = { above = 0, or_absent = true } }

function weights(ctx)
  return {
    session = tune.session,
    co_view = tune.co_view,
    content_knn = tune.content_knn,
    popularity = tune.popularity,
    recency = tune.recency,
  }
end

filter("no repeats", function(item, ctx)
  local id = item.id
  return id ~= ctx.last and not ctx.bought[id]
end)

boost("fresh", { max = 1.1 }, function(item, ctx)
  if (item.age_days or 999) < tune.fresh_days then return 1.1 end
end)
