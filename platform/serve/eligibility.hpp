// Which items a scenario may recommend, as a bitmap by handle that signals get along.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ports/item_index.hpp"
#include "scripting/scenario.hpp"
#include "serve/item_predicate.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::serve {

// Conditions of a scenario, all of which must hold, and a text that is the same for equal ones.
class Where {
 public:
  Where() = default;
  explicit Where(std::vector<scripting::Condition> conditions);
  const std::vector<scripting::Condition>& conditions() const { return conditions_; }
  const std::string& key() const { return key_; }

 private:
  std::vector<scripting::Condition> conditions_;
  std::string key_;
};

// Immutable. An item that only events know (implicit) is eligible when the tenant serves such items
// and nothing was asked of attributes; bits for those yet to come are set ahead, so that new items
// seldom make a new bitmap.
class Eligibility {
 public:
  // Bit i of word i / 64 is item i; items at or past bits() are not eligible.
  const uint64_t* words() const { return words_.data(); }
  uint32_t bits() const { return bits_; }
  bool Has(ports::Handle item) const { return item < bits_ && (words_[item / 64] >> (item % 64) & 1) != 0; }
  uint64_t epoch() const { return epoch_; }

  // The newest eligible items by created_at, newest first, ties by id; at most kNewest. Computed
  // when first asked for, of the items that existed then.
  static constexpr size_t kNewest = 512;
  const std::vector<ports::Handle>& Newest(const state::TenantState& tenant) const;

 private:
  friend class EligibilityBuilder;
  std::vector<uint64_t> words_;
  uint32_t bits_ = 0;
  uint64_t epoch_ = 0;
  mutable std::once_flag newest_once_;
  mutable std::vector<ports::Handle> newest_;
};

// Not deleted, not hidden, all conditions hold, and of the category unless that is empty.
// Conditions on times take Unix seconds, as scripts see them. A condition on an attribute that no
// item ever had decides nothing, so that a name misspelt does not empty every list; `unknown`, if
// given, gets these names.
std::shared_ptr<const Eligibility> BuildEligibility(const state::TenantState& tenant,
                                                    const std::vector<scripting::Condition>& where,
                                                    std::string_view category,
                                                    std::vector<std::string>* unknown = nullptr);

// Just these items.
std::shared_ptr<const Eligibility> EligibilityOf(const std::vector<ports::Handle>& items);

// The bitmaps of a tenant's scenarios and categories, rebuilt when the catalogue has changed.
//
// A rebuild goes over the whole catalogue on the request that needs it, outside of the lock, while
// other requests go on with the former bitmap; it is put off until 20 times its own duration has
// passed since the last one (at most half a second), so writing items never costs more than a
// twentieth of the time. Who serves an item checks again whether it is deleted or hidden.
//
// Threads: any. Memory: one bit an item and entry, kMaxEntries entries.
class EligibilityCache {
 public:
  static constexpr size_t kMaxEntries = 64;

  explicit EligibilityCache(const state::TenantState& tenant) : tenant_(tenant) {}

  // Equal conditions share a bitmap, whatever scenario or revision they are of.
  std::shared_ptr<const Eligibility> Get(const Where& where, std::string_view category);
  // Of the items in `from` those that the filter holds for. Kept by the filter's text, of kMaxNarrowed
  // filters; making one goes over every item, so it takes at most a twentieth of the time: nullptr = not
  // now. Requires: the filter does not depend on time.
  static constexpr size_t kMaxNarrowed = 32;
  std::shared_ptr<const Eligibility> Narrowed(const std::shared_ptr<const Eligibility>& from,
                                              const std::string& filter_text, const ItemPredicate& filter);
  // Drops the bitmaps of all conditions but those with these keys.
  void KeepOnly(const std::set<std::string, std::less<>>& keys);
  size_t size() const;

 private:
  using Key = std::pair<std::string, std::string>;  // conditions, category
  struct Entry {
    Key key;
    std::shared_ptr<const Eligibility> bitmap;
    int64_t built_us = 0;  // monotonic
    int64_t cost_us = 0;
    bool building = false;
  };
  struct Narrow {
    std::string filter;
    std::shared_ptr<const Eligibility> from;
    uint32_t known = 0;  // items when it was made
    std::shared_ptr<const Eligibility> bitmap;
  };
  bool Fresh(const Entry& entry) const;
  void Warn(const std::vector<std::string>& unknown);
  std::shared_ptr<const Eligibility> Build(Entry& entry, const Where& where,
                                           std::unique_lock<std::mutex>& lock);

  const state::TenantState& tenant_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;      // most recently used first; guarded by mutex_
  std::set<std::string> warned_;  // guarded by mutex_
  std::list<Narrow> narrowed_;    // most recently used first; guarded by mutex_
  int64_t may_narrow_us_ = 0;     // monotonic; guarded by mutex_
};

}  // namespace signalbox::serve
