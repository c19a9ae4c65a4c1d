// A list of named items, and what rules make of it.
#pragma once

#include <string>
#include <vector>

#include "serve/rules/rule_context.hpp"
#include "serve/serve_testing.hpp"

namespace signalbox::serve {

// Items are posted with their attributes, then listed with scores n, n - 1, ..., 1.
struct RuleWorld {
  RuleContext Context(uint32_t count) {
    view = world.state.catalogue().view();
    RuleContext context;
    context.state = &world.state;
    context.catalogue = view.get();
    context.now_ms = ServeWorld::kNowMs;
    context.count = count;
    context.explain = true;
    context.may_pin = [](sb_item) { return true; };
    context.marks = &marks;
    return context;
  }
  std::vector<ListEntry> List(const std::vector<std::string>& ids) const {
    std::vector<ListEntry> list;
    for (const auto& id : ids) {
      ListEntry& entry = list.emplace_back();
      entry.item = world.state.Find("item", id);
      entry.score = static_cast<double>(ids.size() - list.size() + 1);
      entry.reason = "co";
    }
    return list;
  }
  std::string Id(sb_item item) const { return std::string(world.state.Name(item).id); }
  std::vector<std::string> Ids(const std::vector<ListEntry>& list) const {
    std::vector<std::string> ids;
    for (const auto& entry : list) ids.push_back(Id(entry.item));
    return ids;
  }
  std::vector<std::string> Removed() const {
    std::vector<std::string> ids;
    for (const auto& mark : marks) {
      if (mark.removed) ids.push_back(Id(mark.item));
    }
    return ids;
  }
  static scripting::ListRule Rule(scripting::RuleKind kind) {
    scripting::ListRule rule;
    rule.kind = kind;
    rule.name = "rule";
    return rule;
  }
  // An attribute equals a text.
  static scripting::Predicate Is(const std::string& field, const std::string& text) {
    return {
        scripting::Predicate::Op::kCondition, {}, {field, scripting::Condition::Op::kEquals, {text}, false}};
  }

  ServeWorld world;
  std::shared_ptr<const state::CatalogueView> view;
  std::vector<RuleMark> marks;
};

}  // namespace signalbox::serve
