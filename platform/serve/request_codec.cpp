// Field after field.
#include "serve/request_codec.hpp"

namespace signalbox::serve {
namespace {

using Values = std::map<std::string, model::ContextValue>;

void WriteKeys(const std::vector<model::ItemKey>& keys, ByteWriter* out) {
  out->Varint(keys.size());
  for (const auto& key : keys) {
    out->Text(key.type);
    out->Text(key.id);
  }
}

std::vector<model::ItemKey> ReadKeys(ByteReader* in) {
  std::vector<model::ItemKey> keys;
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) {
    model::ItemKey& key = keys.emplace_back();
    key.type = in->Text();
    key.id = in->Text();
  }
  return keys;
}

void WriteValues(const Values& values, ByteWriter* out) {
  out->Varint(values.size());
  for (const auto& [name, value] : values) {
    out->Text(name);
    out->Varint(value.index());
    if (const auto* number = std::get_if<double>(&value)) out->Fixed(*number);
    if (const auto* text = std::get_if<std::string>(&value)) out->Text(*text);
    if (const auto* flag = std::get_if<bool>(&value)) out->Fixed(static_cast<uint8_t>(*flag));
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
      out->Varint(list->size());
      for (const auto& text : *list) out->Text(text);
    }
  }
}

Values ReadValues(ByteReader* in) {
  Values values;
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) {
    const std::string name(in->Text());
    const uint64_t kind = in->Varint();
    if (kind == 0) values[name] = in->Fixed<double>();
    if (kind == 1) values[name] = std::string(in->Text());
    if (kind == 2) values[name] = in->Fixed<uint8_t>() != 0;
    if (kind != 3) continue;
    std::vector<std::string> list;
    for (uint64_t texts = in->Varint(); texts > 0 && in->ok(); --texts) list.emplace_back(in->Text());
    values[name] = std::move(list);
  }
  return values;
}

}  // namespace

void WriteRequest(const model::RecommendRequest& request, ByteWriter* out) {
  out->Text(request.user);
  out->Text(request.session);
  WriteKeys(request.items, out);
  WriteKeys(request.context ? std::vector{*request.context} : std::vector<model::ItemKey>(), out);
  out->Text(request.category);
  WriteKeys(request.exclude, out);
  out->Varint(request.count);
  out->Varint(request.window_days);
  out->Fixed(static_cast<uint8_t>(request.attributes));
  out->Text(request.filter);
  out->Varint(request.tunables.size());
  for (const auto& [name, value] : request.tunables) {
    out->Text(name);
    out->Fixed(value);
  }
  WriteValues(request.context_values, out);
  WriteValues(request.user_attributes, out);
}

model::RecommendRequest ReadRequest(ByteReader* in) {
  model::RecommendRequest request;
  request.user = in->Text();
  request.session = in->Text();
  request.items = ReadKeys(in);
  if (auto context = ReadKeys(in); !context.empty()) request.context = std::move(context[0]);
  request.category = in->Text();
  request.exclude = ReadKeys(in);
  request.count = static_cast<uint32_t>(in->Varint());
  request.window_days = static_cast<uint32_t>(in->Varint());
  request.attributes = in->Fixed<uint8_t>() != 0;
  request.filter = in->Text();
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) {
    const std::string name(in->Text());
    request.tunables[name] = in->Fixed<double>();
  }
  request.context_values = ReadValues(in);
  request.user_attributes = ReadValues(in);
  return request;
}

}  // namespace signalbox::serve
