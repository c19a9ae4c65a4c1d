-- scripts-lua/scenarios/cart.lua — what goes with the things in the cart
tunable("co_view",    0.6,  { min = 0, max = 1, help = "viewed or bought by the same visitors" })
tunable("session",    0.25, { min = 0, max = 1, help = "what similar visits went on to" })
tunable("popularity", 0.15, { min = 0, max = 1, help = "what everybody looks at" })
tunable("cheap",      30,   { min = 0, max = 10000, help = "below this price an item is easily added" })

candidates { co_view = 250, session = 150, popularity = 100 }
where { stock = { above = 0, or_absent = true } }
fallback "default"

function weights(ctx)
  return { co_view = tune.co_view, session = tune.session, popularity = tune.popularity }
end

filter("neither bought nor in the cart", function(item, ctx)
  local id = item.id
  return not ctx.carted[id] and not ctx.bought[id]
end)

boost("easily added", { max = 1.15 }, function(item, ctx)
  if item.price and item.price < tune.cheap then return 1.15 end
end)

rules {
  dedupe  { field = "group_id" },
  at_most { field = "category", count = 3, window = 10 },
}
