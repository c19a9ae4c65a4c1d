-- scripts-lua/tests/cart_test.lua — what goes with the things in the cart
test("neither the cart's things nor what was bought", {
  history = { { item = "tent", type = "cart" }, { item = "pan", type = "purchase" } },
  items = {
    { id = "tent", scores = { co_view = 1 } },
    { id = "pan",  scores = { co_view = 0.9 } },
    { id = "mug",  scores = { co_view = 0.5 } },
  },
  expect_first = "mug",
  expect_absent = { "tent", "pan" },
})

test("a cheap thing passes a dear one that is hardly better", {
  items = {
    { id = "dear",  price = 300, scores = { co_view = 0.52 } },
    { id = "cheap", price = 9,   scores = { co_view = 0.5 } },
    { id = "last",  price = 300, scores = { co_view = 0 } },
  },
  expect_first = { "cheap", "dear" },
})
