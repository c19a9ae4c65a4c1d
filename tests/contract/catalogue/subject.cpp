// What the suite's tests share.
#include "subject.hpp"

namespace signalbox::contract {

model::Item MakeItem(const std::string& id,
                     std::map<std::string, model::AttributeValue, std::less<>> attributes) {
  model::Item item;
  item.id = id;
  item.attributes = std::move(attributes);
  return item;
}

}  // namespace signalbox::contract
