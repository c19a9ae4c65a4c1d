// Building bitmaps and keeping the recently used ones.
#include "serve/eligibility.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::serve {
namespace {

using model::AttributeKind;
using scripting::Condition;
using state::CatalogueView;

constexpr int64_t kRestPerCost = 20;
constexpr int64_t kMaxRestUs = 500'000;

// A condition with its attribute looked up in one view.
class Test {
 public:
  Test(const CatalogueView& view, const Condition& condition)
      : view_(view), condition_(condition), attribute_(view.Find(condition.field)) {
    for (const auto& operand : condition.operands) {
      if (const auto* text = std::get_if<std::string>(&operand)) {
        texts_.push_back(*text);
        if (attribute_.column >= 0) codes_.push_back(view.CodeOf(attribute_, *text));
      } else {
        const auto* flag = std::get_if<bool>(&operand);
        numbers_.push_back(flag != nullptr ? double(*flag) : std::get<double>(operand));
      }
    }
  }

  bool Holds(ports::Handle item) const {
    if (attribute_.column < 0) return condition_.or_absent;
    switch (attribute_.kind) {
      case AttributeKind::kText:
        return HoldsText(item);
      case AttributeKind::kList:
        return HoldsList(item);
      default:
        return HoldsNumber(view_.Number(attribute_, item));
    }
  }

 private:
  bool HasCode(int32_t code) const { return std::find(codes_.begin(), codes_.end(), code) != codes_.end(); }

  bool HoldsText(ports::Handle item) const {
    if (attribute_.interned) {
      const int32_t code = view_.TextCode(attribute_, item);
      return code < 0 ? condition_.or_absent : HasCode(code);
    }
    const std::string_view text = view_.Text(attribute_, item);
    if (text.data() == nullptr) return condition_.or_absent;
    return std::find(texts_.begin(), texts_.end(), text) != texts_.end();
  }

  bool HoldsList(ports::Handle item) const {
    if (!view_.HasList(attribute_, item)) return condition_.or_absent;
    const auto codes = view_.ListCodes(attribute_, item);
    return std::any_of(codes.begin(), codes.end(), [&](int32_t code) { return HasCode(code); });
  }

  bool HoldsNumber(double value) const {
    if (std::isnan(value)) return condition_.or_absent;
    if (numbers_.empty()) return false;
    if (attribute_.kind == AttributeKind::kTime) value /= 1000;
    switch (condition_.op) {
      case Condition::Op::kAbove:
        return value > numbers_[0];
      case Condition::Op::kBelow:
        return value < numbers_[0];
      case Condition::Op::kAtLeast:
        return value >= numbers_[0];
      case Condition::Op::kAtMost:
        return value <= numbers_[0];
      default:
        return std::find(numbers_.begin(), numbers_.end(), value) != numbers_.end();
    }
  }

  const CatalogueView& view_;
  const Condition& condition_;
  state::AttributeRef attribute_;
  std::vector<std::string> texts_;
  std::vector<int32_t> codes_;
  std::vector<double> numbers_;
};

}  // namespace

class EligibilityBuilder {
 public:
  static std::shared_ptr<const Eligibility> Build(const state::TenantState& tenant,
                                                  const std::vector<Condition>& where,
                                                  std::string_view category,
                                                  std::vector<std::string>* unknown) {
    const auto view = tenant.catalogue().view();
    std::vector<Condition> conditions = where;
    for (Condition& condition : conditions) {
      if (condition.or_absent || view->Find(condition.field).column >= 0) continue;
      condition.or_absent = true;
      if (unknown != nullptr) unknown->push_back(condition.field);
    }
    if (!category.empty()) {
      conditions.push_back({"category", Condition::Op::kEquals, {std::string(category)}, false});
    }
    std::vector<Test> tests;
    for (const auto& condition : conditions) tests.emplace_back(*view, condition);
    const bool implicit =
        tenant.options().implicit_items &&
        std::all_of(conditions.begin(), conditions.end(), [](const auto& c) { return c.or_absent; });

    auto built = std::make_shared<Eligibility>();
    const uint32_t known = std::max(view->size(), tenant.size());
    const uint32_t ahead = std::max<uint32_t>(4096, known / 8);
    built->bits_ = (known + ahead + 63) / 64 * 64;
    built->epoch_ = view->epoch();
    built->words_.assign(built->bits_ / 64, implicit ? ~uint64_t{0} : 0);
    for (ports::Handle item = 0; item < view->size(); ++item) {
      bool eligible = implicit && !view->Deleted(item);
      if (view->Present(item)) {
        eligible = !view->Hidden(item) && std::all_of(tests.begin(), tests.end(),
                                                      [&](const Test& test) { return test.Holds(item); });
      }
      const uint64_t bit = uint64_t{1} << (item % 64);
      built->words_[item / 64] = eligible ? built->words_[item / 64] | bit : built->words_[item / 64] & ~bit;
    }
    return built;
  }
};

std::shared_ptr<const Eligibility> BuildEligibility(const state::TenantState& tenant,
                                                    const std::vector<Condition>& where,
                                                    std::string_view category,
                                                    std::vector<std::string>* unknown) {
  return EligibilityBuilder::Build(tenant, where, category, unknown);
}

const std::vector<ports::Handle>& Eligibility::Newest(const state::TenantState& tenant) const {
  std::call_once(newest_once_, [&] {
    struct Dated {
      double created_ms;
      ports::Handle item;
    };
    const auto newer = [&](const Dated& a, const Dated& b) {
      return a.created_ms != b.created_ms ? a.created_ms > b.created_ms : tenant.Compare(a.item, b.item) < 0;
    };
    std::vector<Dated> best;  // a heap, the oldest on top
    std::array<ports::Handle, 1024> items;
    std::array<double, 1024> created;
    const uint32_t end = std::min(tenant.size(), bits_);
    for (uint32_t at = 0; at < end;) {
      size_t count = 0;
      for (; at < end && count < items.size(); ++at) {
        if (Has(at)) items[count++] = at;
      }
      tenant.ReadNumbers("created_at", {items.data(), count}, created.data());
      for (size_t i = 0; i < count; ++i) {
        const Dated dated{std::isnan(created[i]) ? 0 : created[i], items[i]};
        if (best.size() == kNewest && !newer(dated, best.front())) continue;
        if (best.size() == kNewest) {
          std::pop_heap(best.begin(), best.end(), newer);
          best.pop_back();
        }
        best.push_back(dated);
        std::push_heap(best.begin(), best.end(), newer);
      }
    }
    std::sort(best.begin(), best.end(), newer);
    for (const Dated& dated : best) newest_.push_back(dated.item);
  });
  return newest_;
}

bool EligibilityCache::Fresh(const Entry& entry) const {
  if (entry.bitmap == nullptr) return false;
  if (entry.bitmap->epoch() == tenant_.catalogue().view()->epoch() && tenant_.size() <= entry.bitmap->bits())
    return true;
  const int64_t rest_us = std::min(entry.cost_us * kRestPerCost, kMaxRestUs);
  return entry.building || MonotonicMicros() < entry.built_us + rest_us;
}

// Once for each name.
void EligibilityCache::Warn(const std::vector<std::string>& unknown) {
  for (const auto& name : unknown) {
    if (!warned_.insert(name).second) continue;
    LogWarn("a condition in `where` is left out: no item has the attribute",
            {{"tenant", tenant_.options().name},
             {"attribute", name},
             {"hint", "check its name, or post items that have it"}});
  }
}

std::shared_ptr<const Eligibility> EligibilityCache::Build(Entry& entry, const std::vector<Condition>& where,
                                                           std::unique_lock<std::mutex>& lock) {
  const Key key = entry.key;
  entry.building = true;
  lock.unlock();
  const int64_t started_us = MonotonicMicros();
  std::vector<std::string> unknown;
  auto built = BuildEligibility(tenant_, where, key.second, &unknown);
  const int64_t ended_us = MonotonicMicros();
  lock.lock();
  Warn(unknown);
  // The entry may have been dropped meanwhile.
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.key == key; });
  if (found != entries_.end()) {
    found->bitmap = built;
    found->built_us = ended_us;
    found->cost_us = ended_us - started_us;
    found->building = false;
  }
  return built;
}

std::shared_ptr<const Eligibility> EligibilityCache::Get(const std::vector<Condition>& where,
                                                         std::string_view category) {
  std::unique_lock lock(mutex_);
  auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.key.first == &where && e.key.second == category;
  });
  if (found == entries_.end()) {
    if (entries_.size() >= kMaxEntries) entries_.pop_back();
    entries_.push_front(Entry{{&where, std::string(category)}, nullptr, 0, 0, false});
    found = entries_.begin();
  } else if (found != entries_.begin()) {
    entries_.splice(entries_.begin(), entries_, found);
  }
  if (Fresh(*found)) return found->bitmap;
  return Build(*found, where, lock);
}

}  // namespace signalbox::serve
