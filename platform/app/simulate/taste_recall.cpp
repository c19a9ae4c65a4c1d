// Compares lists with tastes.
#include "app/simulate/taste_recall.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace signalbox::app {

TasteRecall::TasteRecall(const Shop& shop, int month)
    : shop_(shop), per_taste_(std::max<size_t>(1, shop.products().size() / 10)) {
  for (size_t taste = 0; taste < shop.tastes().size(); ++taste) {
    const auto affinities = shop.Affinities(taste, month);
    std::vector<size_t> order(affinities.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      if (affinities[a] != affinities[b]) return affinities[a] > affinities[b];
      return shop.products()[a].id < shop.products()[b].id;
    });
    std::vector<bool>& liked = liked_.emplace_back(order.size());
    for (size_t i = 0; i < per_taste_; ++i) liked[order[i]] = true;
  }
}

double TasteRecall::Recall(size_t taste, const std::vector<std::string>& recommended, size_t k) const {
  std::set<size_t> hits;
  for (size_t i = 0; i < std::min(k, recommended.size()); ++i) {
    const size_t product = shop_.Find(recommended[i]);
    if (product < shop_.products().size() && liked_[taste][product]) hits.insert(product);
  }
  return static_cast<double>(hits.size()) / static_cast<double>(std::max<size_t>(1, std::min(k, per_taste_)));
}

double TasteRecall::MeanRecall(const Visitors& visitors, size_t count,
                               const std::function<std::vector<std::string>(const std::string&)>& ask,
                               size_t k) const {
  const size_t asked = std::min(count, visitors.size());
  double sum = 0;
  for (size_t i = 0; i < asked; ++i) sum += Recall(visitors.TasteOf(i), ask(Visitors::UserId(i)), k);
  return asked == 0 ? 0 : sum / static_cast<double>(asked);
}

}  // namespace signalbox::app
