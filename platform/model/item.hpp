// An item of the catalogue, as documents: what the API takes and the database keeps.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/event.hpp"

namespace signalbox::model {

enum class AttributeKind : uint8_t { kNumber = 1, kText = 2, kBool = 3, kList = 4, kTime = 5 };

std::string_view ToString(AttributeKind kind);

// Unix milliseconds, kept apart from numbers.
struct TimeMs {
  int64_t ms = 0;
  bool operator==(const TimeMs&) const = default;
};

using AttributeValue = std::variant<double, std::string, bool, std::vector<std::string>, TimeMs>;

AttributeKind KindOf(const AttributeValue& value);

// The fixed kind of a known attribute (listed at Item); nullopt = any other name.
std::optional<AttributeKind> KnownAttributeKind(std::string_view name);

// Known attributes and their kinds; every other name takes the kind first seen.
//   title, category, brand, image_url, url: text; price, stock: number; hidden: bool;
//   created_at: time. Times are given as RFC 3339 text under a name ending in "_at".
struct Item {
  std::string type{kDefaultItemType};
  std::string id;
  std::map<std::string, AttributeValue, std::less<>> attributes;
  std::map<std::string, std::vector<float>, std::less<>> vectors;  // by name; one dimension per name
};

// One write of the catalogue, as followers see it. Epochs ascend without gaps per tenant.
struct ItemChange {
  uint64_t epoch = 0;
  bool deleted = false;  // then only type and id of the item are set
  Item item;
  // When the item was first put, or put anew after a deletion, by the store's clock: its age where
  // it declares no created_at, the same for every follower. 0 = unknown.
  int64_t added_ms = 0;
};

}  // namespace signalbox::model
