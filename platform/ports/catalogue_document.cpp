// JSON and bytes of an item, and its row.
#include "ports/catalogue_document.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.hpp"

namespace signalbox::ports {
namespace {

using nlohmann::json;
constexpr char kTimeMs[] = "time_ms";

json ToJson(const model::AttributeValue& value) {
  if (const auto* time = std::get_if<model::TimeMs>(&value)) return json{{kTimeMs, time->ms}};
  return std::visit(
      [](const auto& plain) -> json {
        if constexpr (std::is_same_v<std::decay_t<decltype(plain)>, model::TimeMs>) {
          return nullptr;
        } else {
          return plain;
        }
      },
      value);
}

model::AttributeValue FromJson(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_array()) return value.get<std::vector<std::string>>();
  if (value.is_object()) return model::TimeMs{value.at(kTimeMs).get<int64_t>()};
  return value.get<double>();
}

Error Damaged(const model::Item& item) {
  return Error(Code::kDataLoss, "the catalogue's row of " + item.type + " " + item.id + " is damaged")
      .WithHint("post the item again, or restore the database from a backup");
}

}  // namespace

Result<std::string> EncodeAttributes(const model::Item& item) {
  try {
    json object = json::object();
    for (const auto& [name, value] : item.attributes) object[name] = ToJson(value);
    return object.dump();
  } catch (const json::exception&) {
    return Fail(Error(Code::kInvalidArgument, item.type + " " + item.id + ": a text is not UTF-8")
                    .WithHint("send texts in UTF-8"));
  }
}

std::string EncodeVectors(const model::Item& item) {
  std::string bytes;
  ByteWriter writer(&bytes);
  for (const auto& [name, vector] : item.vectors) {
    writer.Text(name);
    writer.Fixed(static_cast<uint32_t>(vector.size()));
    bytes.append(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
  }
  return bytes;
}

Result<void> DecodeItem(const std::string& attributes, std::string_view vectors, model::Item* item) {
  try {
    const json object = json::parse(attributes);
    for (const auto& [name, value] : object.items()) item->attributes.emplace(name, FromJson(value));
  } catch (const json::exception&) {
    return Fail(Damaged(*item));
  }
  ByteReader reader(vectors);
  while (reader.remaining() > 0) {
    const std::string name(reader.Text());
    const auto dimension = reader.Fixed<uint32_t>();
    if (!reader.ok() || reader.remaining() / sizeof(float) < dimension) return Fail(Damaged(*item));
    std::vector<float> values(dimension);
    for (auto& value : values) value = reader.Fixed<float>();
    item->vectors.emplace(name, std::move(values));
  }
  return reader.ok() ? Result<void>() : Fail(Damaged(*item));
}

Result<void> ItemRows::Add(const model::Item& item, uint64_t epoch) {
  auto encoded = EncodeAttributes(item);
  if (!encoded) return Fail(encoded.error());
  types.push_back(item.type);
  ids.push_back(item.id);
  attributes.push_back(std::move(*encoded));
  vectors.push_back(EncodeVectors(item));
  epochs.push_back(epoch);
  deleted.push_back(false);
  return {};
}

Result<model::Item> ItemRows::ItemAt(size_t i) const {
  model::Item item{types[i], ids[i], {}, {}};
  if (deleted[i]) return item;
  if (auto decoded = DecodeItem(attributes[i], vectors[i], &item); !decoded) return Fail(decoded.error());
  return item;
}

Result<std::optional<model::Item>> ItemRows::Found() const {
  if (ids.empty() || deleted[0]) return std::nullopt;
  auto item = ItemAt(0);
  if (!item) return Fail(item.error());
  return std::move(*item);
}

ItemRows DeletedRow(const model::ItemKey& item, uint64_t epoch) {
  return {{item.type}, {item.id}, {"{}"}, {""}, {epoch}, {true}, {}};
}

Result<std::vector<model::ItemChange>> ToChanges(const ItemRows& rows) {
  std::vector<model::ItemChange> changes;
  changes.reserve(rows.ids.size());
  for (size_t i = 0; i < rows.ids.size(); ++i) {
    auto item = rows.ItemAt(i);
    if (!item) return Fail(item.error());
    changes.push_back({rows.epochs[i], rows.deleted[i], std::move(*item), rows.added_ms[i]});
  }
  return changes;
}

tl::unexpected<Error> NoSuchItem(const model::ItemKey& key) {
  return Fail(Error(Code::kNotFound, "no " + key.type + " " + key.id).WithHint("post it first"));
}

}  // namespace signalbox::ports
