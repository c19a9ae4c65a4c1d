// Resolving.
#include "serve/request_facts.hpp"

#include <algorithm>

#include "base/hash.hpp"

namespace signalbox::serve {
namespace {

constexpr int64_t kHourMs = 3'600'000;

void AddFields(const scripting::Predicate& predicate, std::set<std::string>* fields) {
  fields->insert(predicate.condition.field);
  for (const auto& part : predicate.parts) AddFields(part, fields);
}

}  // namespace

Result<void> RequestFacts::ReadItems(const state::TenantState& state, const Plan& plan,
                                     const model::RecommendRequest& request) {
  excluded.clear();
  context = SB_NO_ITEM;
  if (request.context) context = state.Find(request.context->type, request.context->id);
  if (plan.needs_context && !request.context) {
    return Fail(Error(Code::kInvalidArgument, "scenario '" + plan.name + "' needs the page's item")
                    .WithField("item_id")
                    .WithHint("give item_id"));
  }
  if (plan.needs_context && context == SB_NO_ITEM) {
    return Fail(Error(Code::kNotFound, "no such item")
                    .WithField("item_id")
                    .WithHint("post the item or an event about it first"));
  }
  if (context != SB_NO_ITEM) excluded.push_back(context);
  for (const auto& key : request.exclude) {
    if (const sb_item item = state.Find(key.type, key.id); item != SB_NO_ITEM) excluded.push_back(item);
  }
  return {};
}

// A visitor keeps the draws of an hour; where nobody is known each moment has its own.
void RequestFacts::Seed(const state::TenantState& state, const Plan& plan) {
  const uint64_t who = visitor.key();
  const uint64_t parts[] = {who, static_cast<uint64_t>(who == 0 ? now_ms : now_ms / kHourMs),
                            Checksum64(plan.name.data(), plan.name.size()),
                            Checksum64(state.name().data(), state.name().size())};
  seed = Checksum64(parts, sizeof parts);
}

// Which attributes rules and the filter read is known before any of them is.
void RequestFacts::WriteDown(const Plan& plan) {
  TapedFacts& taped = tape_->facts.emplace_back();
  taped.zone_offset_ms = zone_offset_ms;
  taped.seed = seed;
  taped.visitor = visitor.state();
  taped.eligible = eligible;
  visitor.Note(&tape_->did);
  if (!user.empty()) tape_->request.user_attributes = user;
  tape_->scenarios.emplace(plan.name, plan.content);
  for (const auto& rule : plan.rules) {
    tape_->attributes.insert(rule.field);
    if (!rule.vector.empty()) tape_->vectors.insert(rule.vector);
    if (rule.where) AddFields(*rule.where, &tape_->attributes);
    if (rule.item.empty()) continue;
    tape_->named.push_back(
        {rule.item_type.empty() ? std::string(model::kDefaultItemType) : rule.item_type, rule.item});
  }
}

Result<void> RequestFacts::TakeFromTape() {
  if (tape_->next_facts >= tape_->facts.size()) {
    return Fail(Code::kInvalidArgument, "a fallback took part that did not when the answer was served");
  }
  TapedFacts& taped = tape_->facts[tape_->next_facts++];
  zone_offset_ms = taped.zone_offset_ms;
  seed = taped.seed;
  eligible = taped.eligible;
  visitor.Load(taped.visitor, &tape_->did);
  return {};
}

Result<void> RequestFacts::Read(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request,
                                int64_t now, Tape* tape) {
  const state::TenantState& state = tenant.state();
  tape_ = tape;
  now_ms = now;
  if (const auto read = ReadItems(state, plan, request); !read) return read;
  catalogue = state.catalogue().view();
  eligible = tenant.eligibility().Get(plan.where, request.category);
  filter.reset();
  if (!request.filter.empty()) {
    const auto predicate = scripting::ParseFilter(request.filter);
    if (!predicate) return Fail(predicate.error());
    filter.emplace(state, *catalogue, now_ms, *predicate);
    filter_text_ = request.filter;
    filter_ages_ = DependsOnTime(*predicate);
    if (tape_ != nullptr) AddFields(*predicate, &tape_->attributes);
  }
  visitor.Read(state, request, now_ms);
  user = plan.script == nullptr ? UserFacts() : UserFactsOf(state, visitor.key(), request);
  zone_offset_ms = tenant.ZoneOffsetMs(now_ms);
  Seed(state, plan);
  if (playing()) {
    if (const auto taken = TakeFromTape(); !taken) return taken;
  } else if (tape_ != nullptr) {
    WriteDown(plan);
  }
  asked = {};
  asked.struct_size = sizeof asked;
  asked.now_ms = now_ms;
  asked.context_item = context;
  asked.window_days = request.window_days;
  asked.eligible = eligible->words();
  asked.eligible_bits = eligible->bits();
  visitor.Fill(&asked);
  return {};
}

void RequestFacts::End() {
  tape_ = nullptr;
  filter.reset();
  catalogue.reset();
  eligible.reset();
}

bool RequestFacts::May(sb_item item) const {
  if (!eligible->Has(item) || !Filtered(item)) return false;
  if (item < catalogue->size() && (catalogue->Deleted(item) || catalogue->Hidden(item))) return false;
  return std::find(excluded.begin(), excluded.end(), item) == excluded.end();
}

bool RequestFacts::NarrowEligible(Tenant& tenant) {
  if (!filter || filter_ages_) return false;
  if (playing()) {
    const size_t next = tape_->next_narrowed++;
    return next < tape_->narrowed.size() && tape_->narrowed[next] != 0;
  }
  auto narrowed = tenant.eligibility().Narrowed(eligible, filter_text_, *filter);
  if (tape_ != nullptr) tape_->narrowed.push_back(narrowed != nullptr);
  if (narrowed == nullptr) return false;
  eligible = std::move(narrowed);
  asked.eligible = eligible->words();
  asked.eligible_bits = eligible->bits();
  return true;
}

}  // namespace signalbox::serve
