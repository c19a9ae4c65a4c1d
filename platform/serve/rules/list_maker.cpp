// Which rules act, and one after the other.
#include "serve/rules/list_maker.hpp"

#include <algorithm>

#include "serve/rules/at_least.hpp"
#include "serve/rules/at_most.hpp"
#include "serve/rules/dedupe.hpp"
#include "serve/rules/diversify.hpp"
#include "serve/rules/explore.hpp"
#include "serve/rules/pin.hpp"

namespace signalbox::serve {
namespace {

using scripting::RuleKind;

constexpr uint32_t kPoolBeyond = 20;

}  // namespace

void ListMaker::BeginWithout(const RuleContext& context) {
  context_ = context;
  acting_.clear();
  pins_.clear();
  screen_ = Screen();
  pool_ = context.count;
  on_pool_ = false;
}

void ListMaker::Begin(const std::vector<scripting::ListRule>& rules, const RuleContext& context,
                      const Visitor& visitor) {
  BeginWithout(context);
  if (rules.empty()) return;
  uint32_t below = 0;
  for (const auto& rule : rules) {
    if (!rule.schedule.Acts(context.now_ms, context.zone_offset_ms)) continue;
    acting_.push_back(&rule);
    if (rule.kind == RuleKind::kPin) pins_.push_back(&rule);
    on_pool_ = on_pool_ || (rule.kind >= RuleKind::kDedupe && rule.kind < RuleKind::kPin);
    if (rule.kind == RuleKind::kExplore) below = std::max(below, ExploreDepth(rule));
  }
  screen_.Begin(acting_, context_, visitor);
  if (on_pool_) pool_ = std::max(2 * context.count + kPoolBeyond, context.count + below);
}

bool ListMaker::Make(const std::vector<ListEntry>& pool, std::vector<ListEntry>* list) {
  *list = pool;
  bool good = true;
  if (context_.marks != nullptr) context_.marks->clear();
  for (const auto* rule : acting_) {
    switch (rule->kind) {
      case RuleKind::kDedupe:
        Dedupe(*rule, context_, list);
        break;
      case RuleKind::kDiversify:
        Diversify(*rule, context_, list);
        break;
      case RuleKind::kAtMost:
        AtMost(*rule, context_, list);
        break;
      case RuleKind::kAtLeast:
        AtLeast(*rule, context_, list);
        good = good && !Lacks(*rule, context_, *list);
        break;
      case RuleKind::kExplore:
        Explore(*rule, context_, list);
        break;
      default:
        break;
    }
  }
  if (list->size() > context_.count) list->resize(context_.count);
  return good && list->size() == context_.count;
}

void ListMaker::Finish(std::vector<ListEntry>* list) {
  if (pins_.empty()) return;
  Pin(pins_, context_, list);
  if (list->size() > context_.count) list->resize(context_.count);
}

}  // namespace signalbox::serve
