// Drawing by SplitMix64, so that a seed means the same on every machine.
#include "serve/rules/explore.hpp"

#include <algorithm>
#include <cmath>

#include "base/hash.hpp"

namespace signalbox::serve {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014).
class Draws {
 public:
  explicit Draws(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  double Fraction() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  // 0 to below - 1; the bias of a modulus by numbers this small is below 2^-50.
  size_t Below(size_t below) { return Next() % below; }

 private:
  uint64_t state_;
};

}  // namespace

uint32_t ExploreDepth(const scripting::ListRule& rule) { return rule.depth == 0 ? 100 : rule.depth; }

void Explore(const scripting::ListRule& rule, const RuleContext& context, std::vector<ListEntry>* list) {
  const size_t count = context.count;
  if (list->size() <= count || count < 2) return;
  const size_t depth = std::min<size_t>(list->size() - count, ExploreDepth(rule));
  // The first place stays with the best item.
  const double wanted = std::min(
      {rule.share * static_cast<double>(count), static_cast<double>(depth), static_cast<double>(count - 1)});
  const double nearest = std::round(wanted);
  const double share = std::abs(wanted - nearest) < 1e-9 ? nearest : wanted;  // 0.3 * 10 is three
  Draws draws(context.seed ^ Checksum64(rule.name.data(), rule.name.size()));
  const double whole = std::floor(share), fraction = share - whole;
  const size_t places = static_cast<size_t>(whole) + (draws.Fraction() < fraction ? 1 : 0);
  const size_t marginal = count - static_cast<size_t>(whole) - 1;
  if (fraction > 0) (*list)[marginal].propensity *= 1 - fraction;
  if (places == 0) return;

  std::vector<size_t> below(depth);
  for (size_t i = 0; i < depth; ++i) below[i] = count + i;
  for (size_t i = 0; i < places; ++i) std::swap(below[i], below[i + draws.Below(depth - i)]);
  std::vector<size_t> at(count - 1);
  for (size_t i = 0; i < at.size(); ++i) at[i] = i + 1;
  for (size_t i = 0; i < places; ++i) std::swap(at[i], at[i + draws.Below(at.size() - i)]);
  std::sort(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(places));

  std::vector<ListEntry> next;
  next.reserve(list->size());
  for (size_t i = 0, drawn = 0, kept = 0; i < count; ++i) {
    if (drawn < places && at[drawn] == i) {
      next.push_back(std::move((*list)[below[drawn++]]));
      next.back().propensity *= share / static_cast<double>(depth);
      context.Touched(rule, &next.back(), ": drawn");
    } else {
      next.push_back(std::move((*list)[kept++]));
    }
  }
  for (size_t i = count - places; i < list->size(); ++i) {
    const bool drawn = std::find(below.begin(), below.begin() + static_cast<std::ptrdiff_t>(places), i) !=
                       below.begin() + static_cast<std::ptrdiff_t>(places);
    if (!drawn) next.push_back(std::move((*list)[i]));
  }
  *list = std::move(next);
}

}  // namespace signalbox::serve
