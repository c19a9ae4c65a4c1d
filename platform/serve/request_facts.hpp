// What one request asks, resolved against its tenant's state: items by handle, the visitor, what is
// eligible.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "model/recommendation.hpp"
#include "serve/eligibility.hpp"
#include "serve/item_predicate.hpp"
#include "serve/tape.hpp"
#include "serve/tenant.hpp"
#include "serve/user_facts.hpp"
#include "serve/visitor.hpp"

namespace signalbox::serve {

// Kept between requests for its memory. Threads: one. Valid while the caller's epoch pin lives.
class RequestFacts {
 public:
  // Errors: kInvalidArgument for a page's item that is needed and not given, and for a filter that
  // cannot be read; kNotFound for a page's item that is unknown.
  // tape: null = nothing is written down.
  Result<void> Read(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request, int64_t now_ms,
                    Tape* tape);
  // Lets go of the catalogue.
  void End();

  // In the catalogue or implicit, of the scenario's `where`, the category and the request's filter; not
  // excluded by the request.
  bool May(sb_item item) const;
  // Whether the request's own filter holds; true without one.
  bool Filtered(sb_item item) const { return !filter || filter->Holds(item); }
  // Uses a bitmap of the request's filter from here on, so that signals look for items that pass. False =
  // there is no filter, or not now.
  bool NarrowEligible(Tenant& tenant);
  // The newest items that may be served, newest first.
  const std::vector<sb_item>& Newest(const state::TenantState& state) const {
    return playing() ? tape_->newest : eligible->Newest(state);
  }
  // That one of them was looked at.
  void NoteNewest(sb_item item) const {
    if (tape_ != nullptr && !playing()) tape_->newest.push_back(item);
  }

  int64_t now_ms = 0;
  int64_t zone_offset_ms = 0;
  uint64_t seed = 0;
  sb_item context = SB_NO_ITEM;   // the page's item
  std::vector<sb_item> excluded;  // the page's item and the request's
  std::shared_ptr<const state::CatalogueView> catalogue;
  std::shared_ptr<const Eligibility> eligible;  // `where` and category; narrowed: the filter too
  std::optional<ItemPredicate> filter;
  Visitor visitor;
  UserFacts user;      // what scripts see of the user; empty where no script runs
  sb_request asked{};  // as signals are given it; points into this object

 private:
  Result<void> ReadItems(const state::TenantState& state, const Plan& plan,
                         const model::RecommendRequest& request);
  void Seed(const state::TenantState& state, const Plan& plan);
  void WriteDown(const Plan& plan);
  Result<void> TakeFromTape();
  bool playing() const { return tape_ != nullptr && tape_->playing; }

  Tape* tape_ = nullptr;
  std::string filter_text_;
  bool filter_ages_ = false;  // holds or not as time passes
};

}  // namespace signalbox::serve
