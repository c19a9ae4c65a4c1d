// An item as the API shows it.
#pragma once

#include <string>

#include "model/item.hpp"

namespace signalbox::ports {

// Appends "name": value of each attribute, by name, to an object that is open.
void AppendAttributesJson(const model::Item& item, std::string* out);

// Appends {"item_id", "item_type", <attributes>, "vectors"?: {name: [numbers]}}, attributes by
// name, times as RFC 3339. What POST /items takes gives the same item back.
void AppendItemJson(const model::Item& item, std::string* out);

}  // namespace signalbox::ports
