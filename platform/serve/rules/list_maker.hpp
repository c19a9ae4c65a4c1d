// The list rules of a request, in their fixed order.
#pragma once

#include <cstdint>
#include <vector>

#include "serve/rules/rule_context.hpp"
#include "serve/rules/screen.hpp"

namespace signalbox::serve {

// Kept between requests for its memory. Threads: one.
//
// Order (docs/adr/0013-list-rules.md): exclude_seen and bury judge each candidate while it is ranked
// (screen()); dedupe, diversify, at_most, at_least and explore act on a pool deeper than the list; then
// the list is cut and pins are put in.
class ListMaker {
 public:
  // Takes the rules that act now. Lifetime: `rules` and what the context points to outlive the use.
  void Begin(const std::vector<scripting::ListRule>& rules, const RuleContext& context,
             const Visitor& visitor);
  // No rule acts.
  void BeginWithout(const RuleContext& context);

  const Screen* screen() const { return screen_.empty() ? nullptr : &screen_; }
  const std::vector<const scripting::ListRule*>& acting() const { return acting_; }
  // How many candidates the rules are given.
  uint32_t pool() const { return pool_; }
  // The list from the pool, best first. False = a deeper pool may give a better one.
  bool Make(const std::vector<ListEntry>& pool, std::vector<ListEntry>* list);
  // Puts pins into the final list and cuts it.
  void Finish(std::vector<ListEntry>* list);

 private:
  RuleContext context_;
  std::vector<const scripting::ListRule*> acting_, pins_;
  Screen screen_;
  uint32_t pool_ = 0;
  bool on_pool_ = false;  // some rule acts on the pool
};

}  // namespace signalbox::serve
