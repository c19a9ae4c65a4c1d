// The mean over history and page.
#include "profile.hpp"

#include <algorithm>

#include "kernels.hpp"

namespace signalbox::embedding_knn {

Profile MakeProfile(const IndexView& view, const ProfileOptions& options, const History& history,
                    Item context) {
  Profile profile;
  std::vector<float> sum(view.dimension());
  const auto add = [&](Item item, double weight) {
    const float* vector = view.Find(item);
    if (vector == nullptr || !(weight > 0)) return;
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += static_cast<float>(weight) * vector[i];
    profile.parts.push_back({item, weight});
  };
  if (context != kNoItem) add(context, options.context_weight);
  double recency = 1;
  const size_t count = std::min(options.history, history.size());
  for (size_t k = 0; k < count; ++k) {
    const size_t i = history.size() - 1 - k;
    add(history.items()[i], options.weigh_events ? recency * history.weights()[i] : recency);
    recency *= options.decay;
  }
  if (!profile.parts.empty() && Normalise(sum.data(), sum.size())) profile.vector = std::move(sum);
  return profile;
}

}  // namespace signalbox::embedding_knn
