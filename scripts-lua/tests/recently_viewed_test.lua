-- scripts-lua/tests/recently_viewed_test.lua — what this visitor had in hand
test("newest first, before anything else", {
  history = { "mug", "tent", "lamp" },
  items = {
    { id = "mug" },
    { id = "tent" },
    { id = "lamp" },
    { id = "never", scores = { popularity = 1 } },
  },
  expect_first = { "lamp", "tent", "mug" },
})
