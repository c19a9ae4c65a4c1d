-- scripts-lua/tests/home_test.lua — what the home page promises
test("what was bought or lies in the cart is not shown", {
  history = { { item = "tent", type = "purchase", days_ago = 5 }, { item = "pan", type = "cart" }, "lamp" },
  items = {
    { id = "tent", scores = { session = 0.9, popularity = 0.9 } },
    { id = "pan",  scores = { session = 0.8, popularity = 0.8 } },
    { id = "mug",  scores = { session = 0.5, popularity = 0.5 } },
    { id = "lamp" },
  },
  expect_first = "mug",
  expect_absent = { "tent", "pan" },
})

test("a visitor without a history sees what everybody looks at", {
  items = {
    { id = "mug",  scores = { popularity = 0.9, session = 0.1 } },
    { id = "tent", scores = { popularity = 0.1, session = 0.9 } },
  },
  expect = { "mug", "tent" },
})

test("a new item passes an old one that is hardly better", {
  history = { "lamp" },
  items = {
    { id = "old",  age_days = 400, scores = { session = 0.52 } },
    { id = "new",  age_days = 1,   scores = { session = 0.5 } },
    { id = "last", age_days = 400, scores = { session = 0 } },
    { id = "lamp", age_days = 400 },
  },
  expect_first = { "new", "old" },
})
