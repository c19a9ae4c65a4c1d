// JSON and bytes of an item.
#include "adapters/sqlite/catalogue_document.hpp"

#include <nlohmann/json.hpp>

#include "base/bytes.hpp"

namespace signalbox::sqlite {
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

}  // namespace signalbox::sqlite
