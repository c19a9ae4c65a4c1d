// Keys, bytes, and checking again.
#include "serve/response_cache.hpp"

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "serve/request_codec.hpp"
#include "serve/user_facts.hpp"
#include "serve/visitor.hpp"

namespace signalbox::serve {
namespace {

constexpr size_t kMaxKeyBytes = 2048;
constexpr uint8_t kVersion = 1;

// What the visitor did last, by ids, so that nodes agree: the history as it is now.
void WriteVisitor(const state::TenantState& state, const model::RecommendRequest& request, int64_t now_ms,
                  ByteWriter* out) {
  if (request.user.empty() && request.session.empty()) return;
  Visitor visitor;
  visitor.Read(state, request, now_ms);
  if (UserFacts facts = UserFactsOf(state, visitor.key(), request); facts != request.user_attributes) {
    model::RecommendRequest told;
    told.user_attributes = std::move(facts);
    WriteRequest(told, out);
  }
  out->Varint(visitor.history_length());
  uint64_t digest = 0;
  for (uint32_t i = 0; i < visitor.history_length(); ++i) {
    const auto event = visitor.history(i);
    const std::string_view id = state.Name(event.item).id;
    const uint64_t parts[] = {digest, Checksum64(id.data(), id.size()), event.type,
                              static_cast<uint64_t>(event.time_ms)};
    digest = Checksum64(parts, sizeof parts);
  }
  out->Fixed(digest);
}

bool Keepable(const Plan& plan, const model::RecommendRequest& request) {
  return plan.cache_ms > 0 && !request.explain && !request.trace && request.now_ms == 0 &&
         request.only_signals.empty();
}

std::string Write(const model::RecommendResponse& response) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.Fixed(kVersion);
  out.Varint(response.recommendations.size());
  for (const auto& entry : response.recommendations) {
    out.Text(entry.item.type);
    out.Text(entry.item.id);
    out.Fixed(entry.score);
    out.Fixed(entry.propensity);
    out.Text(entry.reason);
  }
  return bytes;
}

}  // namespace

ResponseCache::ResponseCache(ports::Cache* cache, ports::Metrics* metrics) : cache_(cache) {
  if (metrics == nullptr) return;
  hits_ = &metrics->GetCounter("recommendation_cache_hits_total", "Answers taken from the response cache");
  misses_ = &metrics->GetCounter("recommendation_cache_misses_total",
                                 "Answers of cached scenarios that had to be computed");
}

std::string ResponseCache::KeyOf(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request,
                                 int64_t now_ms) const {
  std::string key;
  if (cache_ == nullptr || !Keepable(plan, request)) return key;
  ByteWriter out(&key);
  out.Text("answer");
  out.Text(tenant.state().name());
  out.Text(plan.revision);
  out.Fixed(plan.content);
  out.Fixed(static_cast<uint8_t>(tenant.MayRun(plan)));
  // The bitmap may be a moment older than the catalogue: what it leaves out must not be kept for longer.
  out.Varint(tenant.state().catalogue().view()->epoch());
  out.Varint(tenant.eligibility().Get(plan.where, request.category)->epoch());
  WriteRequest(request, &out);
  WriteVisitor(tenant.state(), request, now_ms, &out);
  if (key.size() > kMaxKeyBytes) key.clear();
  return key;
}

std::optional<model::RecommendResponse> ResponseCache::Find(const std::string& key, Tenant& tenant,
                                                            const Plan& plan,
                                                            const model::RecommendRequest& request) {
  const auto missed = [this] {
    if (misses_ != nullptr) misses_->Add();
    return std::nullopt;
  };
  const auto bytes = cache_->Get(key);
  if (!bytes) return missed();
  const auto view = tenant.state().catalogue().view();
  const auto eligible = tenant.eligibility().Get(plan.where, request.category);
  model::RecommendResponse response;
  response.scenario = plan.name;
  response.revision = plan.revision;
  response.cached = true;
  ByteReader in(*bytes);
  if (in.Fixed<uint8_t>() != kVersion) return missed();
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    model::Recommendation& entry = response.recommendations.emplace_back();
    entry.item.type = in.Text();
    entry.item.id = in.Text();
    entry.score = in.Fixed<double>();
    entry.propensity = in.Fixed<double>();
    entry.reason = in.Text();
    const sb_item item = tenant.state().Find(entry.item.type, entry.item.id);
    if (item == ports::kNoHandle || !eligible->Has(item)) return missed();
    if (item >= view->size()) continue;
    if (view->Deleted(item) || view->Hidden(item)) return missed();
    if (request.attributes) entry.attributes = view->Document(item, tenant.state().items());
  }
  if (!in.ok()) return missed();
  if (hits_ != nullptr) hits_->Add();
  return response;
}

void ResponseCache::Keep(const std::string& key, const Plan& plan, const model::RecommendResponse& response) {
  if (!response.degraded.empty() || response.stale) return;
  cache_->Put(key, Write(response), plan.cache_ms);
}

}  // namespace signalbox::serve
