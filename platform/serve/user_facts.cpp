// Values of the store as values of a request.
#include "serve/user_facts.hpp"

#include <utility>

namespace signalbox::serve {
namespace {

struct ToContext {
  model::ContextValue operator()(model::TimeMs time) const { return static_cast<double>(time.ms) / 1000; }
  template <typename T>
  model::ContextValue operator()(T& value) const {
    return std::move(value);
  }
};

}  // namespace

UserFacts UserFactsOf(const state::TenantState& state, uint64_t visitor,
                      const model::RecommendRequest& request) {
  UserFacts facts = request.user_attributes;
  if (visitor == 0) return facts;
  auto stored = state.traits().Of(visitor);
  if (!stored) return facts;
  for (auto& [name, value] : stored->attributes) facts.try_emplace(name, std::visit(ToContext(), value));
  return facts;
}

}  // namespace signalbox::serve
