// Port between stages: something that recommends.
#pragma once

#include "base/result.hpp"
#include "model/recommendation.hpp"

namespace signalbox::ports {

// Threads: any.
class Recommender {
 public:
  virtual ~Recommender() = default;
  // Errors: kInvalidArgument (unknown scenario, a field out of range), kNotFound (tenant),
  //         kUnavailable (not ready yet). Never an error for lack of data: then the list is short.
  virtual Result<model::RecommendResponse> Recommend(const model::RecommendRequest& request) = 0;
};

}  // namespace signalbox::ports
