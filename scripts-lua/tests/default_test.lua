-- scripts-lua/tests/default_test.lua — what the default scenario promises
test("the best blend comes first", {
  items = {
    { id = "mug",  scores = { session = 0.1, co_view = 0.2, popularity = 0.1 } },
    { id = "tent", scores = { session = 0.9, co_view = 0.8, popularity = 0.9 } },
    { id = "pan",  scores = { session = 0.5, co_view = 0.5, popularity = 0.5 } },
  },
  expect = { "tent", "pan", "mug" },
})

test("what was bought is not shown again", {
  history = { { item = "tent", type = "purchase", days_ago = 3 }, "lamp" },
  items = {
    { id = "tent", scores = { session = 0.9, popularity = 0.9 } },
    { id = "pan",  scores = { session = 0.5, popularity = 0.5 } },
    { id = "lamp" },
  },
  expect_first = "pan",
  expect_absent = { "tent" },
})

test("what is out of stock is not shown", {
  items = {
    { id = "tent", stock = 0, scores = { popularity = 0.9 } },
    { id = "pan",  stock = 3, scores = { popularity = 0.5 } },
    { id = "mug",             scores = { popularity = 0.1 } },
  },
  expect = { "pan", "mug" },
})

test("a new item passes an old one that is hardly better", {
  items = {
    { id = "old",  age_days = 400, scores = { popularity = 0.52 } },
    { id = "new",  age_days = 1,   scores = { popularity = 0.5 } },
    { id = "last", age_days = 400, scores = { popularity = 0 } },
  },
  expect = { "new", "old", "last" },
})
