-- scripts-lua/tests/next_item_test.lua — what comes next in this visit
test("the session decides, also for what was seen", {
  history = { "mug", "tent" },
  items = {
    { id = "mug",  scores = { session = 0.9 } },
    { id = "tent", scores = { session = 0.2 } },
    { id = "pan",  scores = { session = 0.5 } },
  },
  expect = { "mug", "pan", "tent" },
})
