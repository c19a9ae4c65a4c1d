-- scripts-lua/tests/classic_test.lua — the classical blend
test("co_view counts most, the session not at all", {
  items = {
    { id = "mug",  scores = { co_view = 0.9, popularity = 0.1, session = 0 } },
    { id = "tent", scores = { co_view = 0.1, popularity = 0.9, session = 1 } },
  },
  expect = { "mug", "tent" },
})

test("what was bought is not shown again", {
  history = { { item = "mug", type = "purchase" }, "lamp" },
  items = {
    { id = "mug",  scores = { co_view = 0.9 } },
    { id = "tent", scores = { co_view = 0.1 } },
    { id = "lamp" },
  },
  expect_first = "tent",
  expect_absent = "mug",
})
