// Kinds of attribute values.
#include "model/item.hpp"

namespace signalbox::model {

std::string_view ToString(AttributeKind kind) {
  switch (kind) {
    case AttributeKind::kNumber:
      return "number";
    case AttributeKind::kText:
      return "text";
    case AttributeKind::kBool:
      return "bool";
    case AttributeKind::kList:
      return "list";
    case AttributeKind::kTime:
      return "time";
  }
  return "unknown";
}

AttributeKind KindOf(const AttributeValue& value) {
  // The variant's alternatives stand in the order of the kinds.
  return static_cast<AttributeKind>(value.index() + 1);
}

std::optional<AttributeKind> KnownAttributeKind(std::string_view name) {
  static const std::map<std::string_view, AttributeKind> kKnown = {
      {"title", AttributeKind::kText},      {"category", AttributeKind::kText},
      {"brand", AttributeKind::kText},      {"image_url", AttributeKind::kText},
      {"url", AttributeKind::kText},        {"price", AttributeKind::kNumber},
      {"stock", AttributeKind::kNumber},    {"hidden", AttributeKind::kBool},
      {"created_at", AttributeKind::kTime},
  };
  const auto found = kKnown.find(name);
  if (found == kKnown.end()) return std::nullopt;
  return found->second;
}

}  // namespace signalbox::model
