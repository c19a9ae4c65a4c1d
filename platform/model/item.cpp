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

}  // namespace signalbox::model
