// Generates visits.
#include "app/simulate/visitors.hpp"

#include <algorithm>
#include <cstdio>
#include <deque>

#include "base/time_text.hpp"

namespace signalbox::app {
namespace {

// What visitors are like; chosen so that about one visit in five ends in a purchase.
constexpr double kAnonymous = 0.15;
constexpr int kFewestLooks = 3;
constexpr double kFurtherLooks = 5;
constexpr int kMostLooks = 30;
constexpr double kChangeCategory = 0.25;
constexpr double kClick = 0.35;
constexpr double kCart = 0.35;
constexpr double kPurchase = 0.5;
constexpr double kMeanLookMs = 25000;
// Few visitors come often: the activity falls with a power of the place.
constexpr double kActivityPower = 1.7;
constexpr double kLookFurther = 0.85;
constexpr double kClickOnTheBest = 0.1;
constexpr int64_t kDayMs = 24 * 3600 * 1000;

int64_t Pause(Dice& dice, double mean_ms) { return 1000 + static_cast<int64_t>(dice.Waiting(mean_ms)); }

// How busy the shop is at this time of day, up to 1: quiet before dawn, busiest in the evening.
double Busyness(int64_t ms) {
  const double hour = static_cast<double>(ms % kDayMs) / 3600000.0;
  return 0.55 - 0.45 * std::cos((hour - 7.0) / 24.0 * 2 * 3.14159265358979);
}

}  // namespace

model::LogRecord Visit::Record(const Shop& shop, size_t event, int64_t time_ms) const {
  const VisitEvent& done = events[event];
  model::LogRecord record;
  record.event_id = session + "-" + std::to_string(event);
  record.user = user;
  record.session = session;
  record.item = shop.products()[done.product].id;
  record.type = done.type;
  record.event_time_ms = time_ms;
  if (done.value > 0) record.value = done.value;
  return record;
}

Visitors::Visitors(const Shop& shop, size_t visitors, uint64_t seed, std::string run)
    : shop_(shop), run_(std::move(run)), dice_(seed), reader_(seed ^ 0x9E3779B97F4A7C15) {
  std::vector<double> shares;
  for (const Taste& taste : shop.tastes()) shares.push_back(taste.share);
  Dice tastes(seed + 1);  // apart, so that visitors keep their tastes whatever they do
  for (size_t i = 0; i < std::max<size_t>(visitors, 1); ++i) tastes_.push_back(tastes.Pick(shares));
}

std::string Visitors::UserId(size_t visitor) {
  char id[32];
  std::snprintf(id, sizeof(id), "visitor-%04zu", visitor + 1);
  return id;
}

// A product of the category (empty = any) by liking, not looked at in this visit; products().size() = none.
size_t Visitors::Look(Visit* visit, const std::string& category, int64_t start_ms) {
  const auto affinities = shop_.Affinities(visit->taste, MonthOf(start_ms));
  std::vector<double> weights(affinities.begin(), affinities.end());
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!category.empty() && shop_.products()[i].category != category) weights[i] = 0;
  }
  for (const VisitEvent& event : visit->events) weights[event.product] = 0;
  return dice_.Pick(weights);
}

Visit Visitors::Next(int64_t start_ms) {
  Visit visit;
  const double place = std::pow(dice_.Uniform(), kActivityPower);
  visit.visitor = static_cast<size_t>(place * static_cast<double>(tastes_.size()));
  visit.taste = tastes_[visit.visitor];
  if (!dice_.Chance(kAnonymous)) visit.user = UserId(visit.visitor);
  visit.session = run_ + "-" + std::to_string(++visits_);

  const int looks = std::min(kMostLooks, kFewestLooks + static_cast<int>(dice_.Waiting(kFurtherLooks)));
  std::string category;
  std::deque<std::string> wanted;  // complements of what is in the cart
  std::vector<size_t> cart;
  int64_t at_ms = 0;
  for (int i = 0; i < looks; ++i) {
    std::string look_in = category;
    if (!wanted.empty()) {
      look_in = wanted.front();
      wanted.pop_front();
    } else if (dice_.Chance(kChangeCategory)) {
      look_in.clear();
    }
    size_t product = Look(&visit, look_in, start_ms);
    if (product == shop_.products().size()) product = Look(&visit, "", start_ms);
    if (product == shop_.products().size()) break;
    const Product& seen = shop_.products()[product];
    category = seen.category;
    visit.events.push_back({at_ms, product, "view"});
    if (dice_.Chance(kClick)) {
      visit.events.push_back({at_ms += Pause(dice_, 4000), product, "click"});
      if (seen.in_stock && dice_.Chance(kCart)) {
        visit.events.push_back({at_ms += Pause(dice_, 8000), product, "cart"});
        cart.push_back(product);
        for (const Complement& complement : shop_.complements()) {
          if (complement.from == category && dice_.Chance(complement.chance)) wanted.push_back(complement.to);
        }
      }
    }
    at_ms += Pause(dice_, kMeanLookMs);
  }
  for (const size_t product : cart) {
    if (!dice_.Chance(kPurchase)) continue;
    visit.events.push_back({at_ms, product, "purchase", shop_.products()[product].price});
    at_ms += 1;
  }
  return visit;
}

size_t Visitors::ClickOn(size_t taste, const std::vector<std::string>& shown, int64_t now_ms) {
  const auto affinities = shop_.Affinities(taste, MonthOf(now_ms));
  const double best = *std::max_element(affinities.begin(), affinities.end());
  for (const std::string& id : shown) {
    const size_t product = shop_.Find(id);
    // A square root: a product liked a quarter as much as the best still gets half of its clicks.
    if (product < affinities.size() && best > 0 &&
        reader_.Chance(kClickOnTheBest * std::sqrt(affinities[product] / best))) {
      return product;
    }
    if (!reader_.Chance(kLookFurther)) break;
  }
  return shop_.products().size();
}

std::vector<model::LogRecord> Visitors::History(size_t events, int64_t from_ms, int64_t to_ms) {
  std::vector<model::LogRecord> records;
  while (records.size() < events) {
    const int64_t start_ms =
        from_ms + static_cast<int64_t>(dice_.Uniform() * static_cast<double>(to_ms - from_ms));
    if (!dice_.Chance(Busyness(start_ms))) continue;
    const Visit visit = Next(start_ms);
    // A visit that would go on beyond the end ends there instead.
    const int64_t begun_ms = std::min(start_ms, to_ms - visit.events.back().after_ms);
    for (size_t i = 0; i < visit.events.size(); ++i) {
      records.push_back(visit.Record(shop_, i, begun_ms + visit.events[i].after_ms));
    }
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.event_time_ms < b.event_time_ms; });
  return records;
}

}  // namespace signalbox::app
