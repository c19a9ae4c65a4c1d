// Checks that need only the items and the kinds known so far.
#include "ports/catalogue_rules.hpp"

#include <cmath>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "ports/catalogue_document.hpp"

namespace signalbox::ports {
namespace {

Error Refuse(const std::string& field, const std::string& what, std::string hint) {
  return Error(Code::kInvalidArgument, field + ": " + what).WithField(field).WithHint(std::move(hint));
}

// Texts with NUL would be cut by databases.
bool IsName(std::string_view text) { return !text.empty() && text.find('\0') == std::string_view::npos; }

bool IsFinite(const model::AttributeValue& value) {
  const auto* number = std::get_if<double>(&value);
  return !number || std::isfinite(*number);
}

Error TooManyNames(const std::string& field, const std::string& what, size_t most) {
  return Refuse(field, "a new name where the tenant has " + std::to_string(most) + " " + what + " names",
                "use a name given before, or put the name into a list of texts such as \"tags\"");
}

// The kind a name has by definition or by an earlier item; else it becomes this one.
Result<void> CheckAttribute(const std::string& field, const std::string& name,
                            const model::AttributeValue& value, const CatalogueKinds& known,
                            CatalogueKinds* fresh) {
  if (!IsName(name)) return Fail(Refuse(field, "an empty name or one with NUL", "name the attribute"));
  if (!IsFinite(value)) return Fail(Refuse(field, "not a finite number", "leave the attribute out"));
  const auto kind = model::KindOf(value);
  auto expected = model::KnownAttributeKind(name);
  if (!expected) {
    if (const auto it = known.attributes.find(name); it != known.attributes.end()) expected = it->second;
  }
  if (!expected) {
    if (const auto it = fresh->attributes.find(name); it != fresh->attributes.end()) expected = it->second;
  }
  if (expected && *expected != kind) {
    return Fail(Refuse(
        field,
        "a " + std::string(ToString(kind)) + " where a " + std::string(ToString(*expected)) + " is expected",
        "an attribute keeps the kind it was first given; use another name"));
  }
  if (known.attributes.contains(name) || fresh->attributes.contains(name)) return {};
  const size_t names = known.attributes.size() + fresh->attributes.size();
  if (!model::KnownAttributeKind(name) && names >= kMaxAttributeNames) {
    return Fail(TooManyNames(field, "attribute", kMaxAttributeNames));
  }
  fresh->attributes.emplace(name, kind);
  return {};
}

Result<void> CheckVector(const std::string& field, const std::string& name, const std::vector<float>& vector,
                         const CatalogueKinds& known, CatalogueKinds* fresh) {
  if (!IsName(name)) return Fail(Refuse(field, "an empty name or one with NUL", "name the vector"));
  if (vector.empty()) return Fail(Refuse(field, "an empty vector", "leave the vector out"));
  for (const float value : vector) {
    if (!std::isfinite(value)) return Fail(Refuse(field, "not a finite number", "leave the vector out"));
  }
  const auto dimension = static_cast<uint32_t>(vector.size());
  const auto it = known.dimensions.find(name);
  if (it == known.dimensions.end() && !fresh->dimensions.contains(name) &&
      known.dimensions.size() + fresh->dimensions.size() >= kMaxVectorNames) {
    return Fail(TooManyNames(field, "vector", kMaxVectorNames));
  }
  const uint32_t expected =
      it != known.dimensions.end() ? it->second : fresh->dimensions.emplace(name, dimension).first->second;
  if (expected == dimension) return {};
  return Fail(Refuse(
      field, std::to_string(dimension) + " numbers where " + std::to_string(expected) + " are expected",
      "all vectors of a name have one dimension; use another name"));
}

}  // namespace

Result<CatalogueKinds> CheckKinds(const CatalogueKinds& known, std::span<const model::Item> items,
                                  std::string_view field) {
  CatalogueKinds fresh;
  for (size_t i = 0; i < items.size(); ++i) {
    const std::string prefix = field.empty() ? "" : std::string(field) + "[" + std::to_string(i) + "].";
    if (!IsName(items[i].id))
      return Fail(Refuse(prefix + "item_id", "missing or with NUL", "give every item an id"));
    if (!IsName(items[i].type))
      return Fail(Refuse(prefix + "item_type", "empty or with NUL", "leave it out"));
    for (const auto& [name, value] : items[i].attributes) {
      if (auto ok = CheckAttribute(prefix + name, name, value, known, &fresh); !ok) return Fail(ok.error());
    }
    for (const auto& [name, vector] : items[i].vectors) {
      if (auto ok = CheckVector(prefix + "vectors." + name, name, vector, known, &fresh); !ok) {
        return Fail(ok.error());
      }
    }
  }
  return fresh;
}

std::string EncodeCursor(const model::ItemKey& last) {
  std::string bytes;
  ByteWriter writer(&bytes);
  writer.Text(last.type);
  writer.Text(last.id);
  writer.Fixed(static_cast<uint32_t>(Checksum64(bytes.data(), bytes.size())));
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    text.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    text.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return text;
}

Result<model::ItemKey> DecodeCursor(std::string_view cursor) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  const auto refuse = [] {
    return Fail(Error(Code::kInvalidArgument, "cursor: not one of ours")
                    .WithField("cursor")
                    .WithHint("pass next_cursor of the page before, unchanged"));
  };
  std::string bytes;
  if (cursor.size() % 2 != 0) return refuse();
  for (size_t i = 0; i < cursor.size(); i += 2) {
    const int high = digit(cursor[i]), low = digit(cursor[i + 1]);
    if (high < 0 || low < 0) return refuse();
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  ByteReader reader(bytes);
  model::ItemKey key;
  key.type = std::string(reader.Text());
  key.id = std::string(reader.Text());
  const size_t checked = bytes.size() - reader.remaining();
  const auto checksum = reader.Fixed<uint32_t>();
  if (!reader.ok() || reader.remaining() != 0) return refuse();
  if (checksum != static_cast<uint32_t>(Checksum64(bytes.data(), checked))) return refuse();
  return key;
}

void ApplyPatch(const model::Item& changes, const ErasedNames& erase, model::Item* item) {
  for (const auto& name : erase.attributes) item->attributes.erase(name);
  for (const auto& name : erase.vectors) item->vectors.erase(name);
  for (const auto& [name, value] : changes.attributes) item->attributes.insert_or_assign(name, value);
  for (const auto& [name, vector] : changes.vectors) item->vectors.insert_or_assign(name, vector);
}

Result<uint64_t> CatalogueStore::Patch(std::string_view tenant, const model::Item& changes,
                                       const ErasedNames& erase) {
  const model::ItemKey key{changes.type, changes.id};
  return Modify(tenant, key, [&](std::optional<model::Item> item) -> Result<model::Item> {
    if (!item) return NoSuchItem(key);
    ApplyPatch(changes, erase, &*item);
    return std::move(*item);
  });
}

}  // namespace signalbox::ports
