-- scripts-lua/scenarios/recently_viewed.lua — what this visitor had in hand, newest first
-- A short history is filled up with popular items; their reason is "popular", not "history".
candidates { history = 50 }

function weights(ctx)
  return { history = 1 }
end

rules {
  dedupe { field = "group_id" }, -- one size or colour of each product
}
