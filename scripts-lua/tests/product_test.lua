-- scripts-lua/tests/product_test.lua — what stands beside a product
test("the page's own product and what was bought are left out", {
  item = "tent",
  history = { { item = "pan", type = "purchase" }, "lamp" },
  items = {
    { id = "tent", scores = { co_view = 1 } },
    { id = "pan",  scores = { co_view = 0.9 } },
    { id = "mug",  scores = { co_view = 0.5 } },
    { id = "lamp" },
  },
  expect_first = "mug",
  expect_absent = { "tent", "pan" },
})

test("what is viewed together counts more than likeness", {
  item = "tent",
  items = {
    { id = "tent" },
    { id = "stove", scores = { co_view = 0.9, content_knn = 0.1 } },
    { id = "tarp",  scores = { co_view = 0.1, content_knn = 0.9 } },
  },
  expect_first = { "stove", "tarp" },
})
