-- scripts-lua/scenarios/home.lua — what this visitor likes, kept fresh and varied
tunable("session",     0.35, { min = 0, max = 1, help = "what similar visits went on to" })
tunable("co_view",     0.25, { min = 0, max = 1, help = "viewed or bought by the same visitors" })
tunable("content_knn", 0.2,  { min = 0, max = 1, help = "alike by description and attributes" })
tunable("popularity",  0.15, { min = 0, max = 1, help = "what everybody looks at" })
tunable("recency",     0.05, { min = 0, max = 1, help = "new in the catalogue" })
tunable("fresh_days",  14,   { min = 0, max = 365, help = "how many days an item counts as new" })

candidates { session = 150, co_view = 150, content_knn = 100, popularity = 100 }
where { stock = { above = 0, or_absent = true } }

function weights(ctx)
  local w = {
    session = tune.session,
    co_view = tune.co_view,
    content_knn = tune.content_knn,
    popularity = tune.popularity,
    recency = tune.recency,
  }
  if ctx.history_length == 0 then w.popularity = 1 end -- nothing is known of this visitor yet
  return w
end

filter("no repeats", function(item, ctx)
  return item.id ~= ctx.last and not ctx.bought[item.id]
end)

filter("not in the cart", function(item, ctx) return not ctx.carted[item.id] end)

boost("fresh", { max = 1.1 }, function(item, ctx)
  if (item.age_days or 999) < tune.fresh_days then return 1.1 end
end)

rules {
  dedupe  { field = "group_id" }, -- one size or colour of each product
  at_most { field = "brand", count = 3, window = 10 },
  at_most { field = "category", count = 4, window = 10 },
}
