-- scripts-lua/scenarios/classic.lua — the classical blend, without the session signal
tunable("co_view",     0.4, { min = 0, max = 1, help = "viewed or bought by the same visitors" })
tunable("content_knn", 0.3, { min = 0, max = 1, help = "alike by description and attributes" })
tunable("popularity",  0.2, { min = 0, max = 1, help = "what everybody looks at" })
tunable("recency",     0.1, { min = 0, max = 1, help = "new in the catalogue" })

candidates { co_view = 200, content_knn = 150, popularity = 150 }
where { stock = { above = 0, or_absent = true } }

function weights(ctx)
  return {
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
