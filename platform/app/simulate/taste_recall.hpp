// How well recommendations recall what simulated visitors like: the truth is in their tastes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "app/simulate/shop.hpp"
#include "app/simulate/visitors.hpp"

namespace signalbox::app {

// Threads: any. Lifetime: the shop outlives it.
class TasteRecall {
 public:
  // A taste's items are the tenth of the products that it likes best in `month`, ties by id.
  TasteRecall(const Shop& shop, int month);

  // Recall of the first k: those of the taste's items / min(k, how many it has).
  // A random list scores about 0.1.
  double Recall(size_t taste, const std::vector<std::string>& recommended, size_t k = 10) const;

  // The mean over the first `count` visitors of what `ask` answers to their user ids.
  double MeanRecall(const Visitors& visitors, size_t count,
                    const std::function<std::vector<std::string>(const std::string& user)>& ask,
                    size_t k = 10) const;

 private:
  const Shop& shop_;
  std::vector<std::vector<bool>> liked_;  // [taste][product]
  size_t per_taste_;
};

}  // namespace signalbox::app
