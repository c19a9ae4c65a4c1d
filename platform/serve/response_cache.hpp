// Answers that are kept for a while.
#pragma once

#include <optional>
#include <string>

#include "model/recommendation.hpp"
#include "ports/cache.hpp"
#include "ports/metrics.hpp"
#include "serve/tenant.hpp"

namespace signalbox::serve {

// What cannot be kept: explained and traced answers, evaluation's, and whatever its plan does not keep.
// An answer that is kept is checked again on a hit: where one of its items is deleted, hidden or out of
// `where` by now, it is a miss.
//
// Threads: any. Lifetime: shorter than what it is given.
class ResponseCache {
 public:
  // cache: null = nothing is ever kept.
  ResponseCache(ports::Cache* cache, ports::Metrics* metrics);

  // Empty = the answer to this request is not kept. The key holds everything the answer depends on: the
  // revision, the catalogue's epoch, the request, and of a visitor what they did last.
  // Requires: the caller holds an epoch pin.
  std::string KeyOf(Tenant& tenant, const Plan& plan, const model::RecommendRequest& request,
                    int64_t now_ms) const;
  // Requires: key is not empty; as KeyOf. An answer from here says `cached`.
  std::optional<model::RecommendResponse> Find(const std::string& key, Tenant& tenant, const Plan& plan,
                                               const model::RecommendRequest& request);
  void Keep(const std::string& key, const Plan& plan, const model::RecommendResponse& response);

 private:
  ports::Cache* const cache_;
  ports::Counter* hits_ = nullptr;
  ports::Counter* misses_ = nullptr;
};

}  // namespace signalbox::serve
