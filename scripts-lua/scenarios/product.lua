-- scripts-lua/scenarios/product.lua — beside the product that the visitor looks at
tunable("co_view",     0.5,  { min = 0, max = 1, help = "viewed or bought by the same visitors" })
tunable("content_knn", 0.35, { min = 0, max = 1, help = "alike by description and attributes" })
tunable("session",     0.1,  { min = 0, max = 1, help = "what similar visits went on to" })
tunable("popularity",  0.05, { min = 0, max = 1, help = "what everybody looks at" })

candidates { co_view = 200, content_knn = 150, session = 100, popularity = 50 }
where { stock = { above = 0, or_absent = true } }
missing { co_view = "share" } -- a new product has been viewed with nothing yet: likeness decides
fallback "default"

function weights(ctx)
  return {
    co_view = tune.co_view,
    content_knn = tune.content_knn,
    session = tune.session,
    popularity = tune.popularity,
  }
end

filter("not this one again", function(item, ctx)
  return item.id ~= ctx.item and not ctx.bought[item.id]
end)

rules {
  dedupe  { field = "group_id" },
  at_most { field = "brand", count = 5, window = 10 },
}
