// Visitors with tastes, and what they do in a shop: the same seed gives the same visits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/simulate/dice.hpp"
#include "app/simulate/shop.hpp"
#include "model/event.hpp"

namespace signalbox::app {

struct VisitEvent {
  int64_t after_ms = 0;  // since the visit began
  size_t product = 0;    // in Shop::products
  std::string type;
  double value = 0;  // the price of a purchase; 0 = none
};

struct Visit {
  size_t visitor = 0;
  size_t taste = 0;
  std::string user;     // empty: the visitor did not log in
  std::string session;  // unique within a run
  std::vector<VisitEvent> events;

  model::LogRecord Record(const Shop& shop, size_t event, int64_t time_ms) const;
};

// Each visitor has one taste and comes often or seldom. In a visit they look at products of a
// category by liking, now and then change it, click, put into the cart, look for complements of
// what is in the cart, and buy in the end.
//
// Lifetime: the shop outlives it. Threads: one.
class Visitors {
 public:
  // run: goes into session and event ids; two runs that shall both count need two names.
  Visitors(const Shop& shop, size_t visitors, uint64_t seed, std::string run);

  // The next visit by anyone. start_ms decides the season.
  Visit Next(int64_t start_ms);
  // What a visitor of the taste would click first in a list of items shown, in the month of
  // now_ms; products().size() = nothing. They look from the top, less and less likely further down.
  size_t ClickOn(size_t taste, const std::vector<std::string>& shown, int64_t now_ms);

  size_t size() const { return tastes_.size(); }
  size_t TasteOf(size_t visitor) const { return tastes_[visitor]; }
  static std::string UserId(size_t visitor);

  // Whole visits of at least `events` events between the two times, by time, busier by day than
  // by night. Each has an event_id that the same run always gives it.
  std::vector<model::LogRecord> History(size_t events, int64_t from_ms, int64_t to_ms);

 private:
  size_t Look(Visit* visit, const std::string& category, int64_t start_ms);

  const Shop& shop_;
  std::string run_;
  Dice dice_;
  Dice reader_;  // of lists: apart, so that answers do not change the visits
  std::vector<size_t> tastes_;
  uint64_t visits_ = 0;
};

}  // namespace signalbox::app
