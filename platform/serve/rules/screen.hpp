// The rules that judge an item by itself: exclude_seen and bury.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "serve/rules/rule_context.hpp"
#include "serve/visitor.hpp"

namespace signalbox::serve {

// exclude_seen { event_type = "purchase", within_days = 30 }: what the visitor did this to, or something
// stronger: what the visitor's seen items remember (2,000, strongest events first). With days, those of
// them whose strongest event was last on a day in the window, and the last 50 events by their times.
class ExcludeSeen {
 public:
  ExcludeSeen(const scripting::ListRule& rule, const RuleContext& context, const Visitor& visitor);
  const scripting::ListRule& rule() const { return *rule_; }
  bool Excludes(sb_item item) const;

 private:
  const scripting::ListRule* rule_;
  const Visitor* visitor_;
  float strength_ = 0;
  bool acts_ = true;  // false: no such event type
  int64_t since_ms_ = kEver;
  std::vector<sb_item> recent_;  // of the history since then, ascending
};

// bury { item = "x" } or { where = ... }: only behind everything else.
class Bury {
 public:
  Bury(const scripting::ListRule& rule, const RuleContext& context);
  const scripting::ListRule& rule() const { return *rule_; }
  bool Buries(sb_item item) const;

 private:
  const scripting::ListRule* rule_;
  sb_item item_ = SB_NO_ITEM;
  std::unique_ptr<ItemPredicate> where_;
};

// Threads: one request's. Lifetime: shorter than the rules', the context's and the visitor's.
class Screen {
 public:
  enum class Verdict { kKeep, kExclude, kBury };

  // Takes those of `rules` that are of these two kinds.
  void Begin(std::span<const scripting::ListRule* const> rules, const RuleContext& context,
             const Visitor& visitor);
  bool empty() const { return seen_.empty() && buried_.empty(); }
  // *rule: which decided; unchanged for kKeep.
  Verdict Of(sb_item item, const scripting::ListRule** rule) const;

 private:
  std::vector<ExcludeSeen> seen_;
  std::vector<Bury> buried_;
};

}  // namespace signalbox::serve
