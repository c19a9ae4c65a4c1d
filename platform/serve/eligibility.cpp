// Building bitmaps and keeping the recently used ones.
#include "serve/eligibility.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace signalbox::serve {
namespace {

using scripting::Condition;

constexpr int64_t kRestPerCost = 20;
constexpr int64_t kMaxRestUs = 500'000;

}  // namespace

// Lengths before texts, so that no two lists of conditions read the same.
Where::Where(std::vector<Condition> conditions) : conditions_(std::move(conditions)) {
  const auto add = [this](std::string_view text) {
    key_.append(std::to_string(text.size())).append(":").append(text);
  };
  for (const Condition& condition : conditions_) {
    add(condition.field);
    key_.append(std::to_string(static_cast<int>(condition.op))).push_back(condition.or_absent ? '?' : '!');
    key_.append(std::to_string(condition.operands.size()));
    for (const auto& operand : condition.operands) {
      key_.append("/").append(std::to_string(operand.index()));
      if (const auto* text = std::get_if<std::string>(&operand)) add(*text);
      if (const auto* flag = std::get_if<bool>(&operand)) key_.append(*flag ? "t" : "f");
      if (const auto* number = std::get_if<double>(&operand)) {
        key_.append(reinterpret_cast<const char*>(number), sizeof *number);
      }
    }
  }
}

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
    std::vector<ItemCondition> tests;
    for (const auto& condition : conditions) tests.emplace_back(tenant, *view, 0, condition);
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
                                                      [&](const auto& test) { return test.Holds(item); });
      }
      const uint64_t bit = uint64_t{1} << (item % 64);
      built->words_[item / 64] = eligible ? built->words_[item / 64] | bit : built->words_[item / 64] & ~bit;
    }
    return built;
  }

  static std::shared_ptr<const Eligibility> Of(const std::vector<ports::Handle>& items) {
    auto of = std::make_shared<Eligibility>();
    for (const ports::Handle item : items) of->bits_ = std::max(of->bits_, (item / 64 + 1) * 64);
    of->words_.assign(of->bits_ / 64, 0);
    for (const ports::Handle item : items) of->words_[item / 64] |= uint64_t{1} << (item % 64);
    return of;
  }

  static std::shared_ptr<const Eligibility> Narrow(const state::TenantState& tenant, const Eligibility& from,
                                                   const ItemPredicate& filter) {
    auto narrowed = std::make_shared<Eligibility>();
    const uint32_t known = std::min(tenant.size(), from.bits_);
    narrowed->bits_ = from.bits_;
    narrowed->epoch_ = from.epoch_;
    narrowed->words_.assign(from.words_.size(), 0);
    for (uint32_t word = 0; word * 64 < known; ++word) {
      for (uint64_t left = from.words_[word]; left != 0; left &= left - 1) {
        const auto item =
            static_cast<ports::Handle>(word * 64 + static_cast<uint32_t>(std::countr_zero(left)));
        if (item < known && filter.Holds(item)) narrowed->words_[word] |= left & (~left + 1);
      }
    }
    return narrowed;
  }
};

std::shared_ptr<const Eligibility> BuildEligibility(const state::TenantState& tenant,
                                                    const std::vector<Condition>& where,
                                                    std::string_view category,
                                                    std::vector<std::string>* unknown) {
  return EligibilityBuilder::Build(tenant, where, category, unknown);
}

std::shared_ptr<const Eligibility> EligibilityOf(const std::vector<ports::Handle>& items) {
  return EligibilityBuilder::Of(items);
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

std::shared_ptr<const Eligibility> EligibilityCache::Build(Entry& entry, const Where& where,
                                                           std::unique_lock<std::mutex>& lock) {
  const Key key = entry.key;
  entry.building = true;
  lock.unlock();
  const int64_t started_us = MonotonicMicros();
  std::vector<std::string> unknown;
  auto built = BuildEligibility(tenant_, where.conditions(), key.second, &unknown);
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

std::shared_ptr<const Eligibility> EligibilityCache::Get(const Where& where, std::string_view category) {
  std::unique_lock lock(mutex_);
  auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.key.first == where.key() && e.key.second == category;
  });
  if (found == entries_.end()) {
    if (entries_.size() >= kMaxEntries) entries_.pop_back();
    entries_.push_front(Entry{{where.key(), std::string(category)}, nullptr, 0, 0, false});
    found = entries_.begin();
  } else if (found != entries_.begin()) {
    entries_.splice(entries_.begin(), entries_, found);
  }
  if (Fresh(*found)) return found->bitmap;
  return Build(*found, where, lock);
}

std::shared_ptr<const Eligibility> EligibilityCache::Narrowed(const std::shared_ptr<const Eligibility>& from,
                                                              const std::string& filter_text,
                                                              const ItemPredicate& filter) {
  std::unique_lock lock(mutex_);
  const auto found = std::find_if(narrowed_.begin(), narrowed_.end(), [&](const Narrow& entry) {
    return entry.filter == filter_text && entry.from == from && entry.known == tenant_.size();
  });
  if (found != narrowed_.end()) {
    narrowed_.splice(narrowed_.begin(), narrowed_, found);
    return found->bitmap;
  }
  const int64_t started_us = MonotonicMicros();
  if (started_us < may_narrow_us_) return nullptr;
  may_narrow_us_ = INT64_MAX;  // one at a time
  const uint32_t known = tenant_.size();
  lock.unlock();
  auto bitmap = EligibilityBuilder::Narrow(tenant_, *from, filter);
  const int64_t ended_us = MonotonicMicros();
  lock.lock();
  may_narrow_us_ = ended_us + std::min((ended_us - started_us) * kRestPerCost, kMaxRestUs);
  narrowed_.remove_if([&](const Narrow& entry) { return entry.filter == filter_text; });
  narrowed_.push_front({filter_text, from, known, bitmap});
  if (narrowed_.size() > kMaxNarrowed) narrowed_.pop_back();
  return bitmap;
}

void EligibilityCache::KeepOnly(const std::set<std::string, std::less<>>& keys) {
  const std::lock_guard lock(mutex_);
  entries_.remove_if([&](const Entry& entry) { return keys.find(entry.key.first) == keys.end(); });
  narrowed_.clear();
}

size_t EligibilityCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace signalbox::serve
