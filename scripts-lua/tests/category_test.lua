-- scripts-lua/tests/category_test.lua — the best of one category
test("only the category asked for, by popularity", {
  category = "mugs",
  items = {
    { id = "mug-1", category = "mugs",  scores = { popularity = 0.2 } },
    { id = "mug-2", category = "mugs",  scores = { popularity = 0.7 } },
    { id = "tent",  category = "tents", scores = { popularity = 0.9 } },
  },
  expect = { "mug-2", "mug-1" },
})

test("the better one comes first, also far below a bestseller", {
  category = "mugs",
  items = {
    { id = "best",  category = "mugs", scores = { popularity = 1000 } },
    { id = "mug-1", category = "mugs", scores = { popularity = 2 } },
    { id = "mug-2", category = "mugs", scores = { popularity = 1 } },
  },
  expect = { "best", "mug-1", "mug-2" },
})
