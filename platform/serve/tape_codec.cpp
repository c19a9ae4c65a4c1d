// Tapes as bytes, compressed.
#include <zstd.h>
#include <algorithm>

#include "base/bytes.hpp"
#include "serve/request_codec.hpp"
#include "serve/tape.hpp"

namespace signalbox::serve {
namespace {

constexpr uint8_t kVersion = 2;
constexpr int kLevel = 3;
constexpr size_t kMaxBytes = 64 << 20;

template <typename T>
void WriteFixed(const std::vector<T>& values, ByteWriter* out) {
  out->Varint(values.size());
  for (const T& value : values) out->Fixed(value);
}
template <typename T>
std::vector<T> ReadFixed(ByteReader* in) {
  std::vector<T> values;
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) values.push_back(in->Fixed<T>());
  return values;
}
void WriteItems(const std::vector<sb_item>& items, ByteWriter* out) {
  out->Varint(items.size());
  for (const sb_item item : items) out->Varint(item);
}
std::vector<sb_item> ReadItems(ByteReader* in) {
  std::vector<sb_item> items;
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) {
    items.push_back(static_cast<sb_item>(in->Varint()));
  }
  return items;
}
template <typename Texts>
void WriteTexts(const Texts& texts, ByteWriter* out) {
  out->Varint(texts.size());
  for (const auto& text : texts) out->Text(text);
}
std::vector<std::string> ReadTexts(ByteReader* in) {
  std::vector<std::string> texts;
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) texts.emplace_back(in->Text());
  return texts;
}

void WriteFacts(const TapedFacts& facts, ByteWriter* out) {
  out->Fixed(facts.zone_offset_ms);
  out->Fixed(facts.seed);
  out->Fixed(facts.visitor.user);
  out->Fixed(facts.visitor.session);
  out->Varint(facts.visitor.in_session);
  WriteItems(facts.visitor.items, out);
  WriteFixed(facts.visitor.types, out);
  WriteFixed(facts.visitor.weights, out);
  WriteFixed(facts.visitor.times_ms, out);
  WriteFixed(facts.eligible_items, out);
}
TapedFacts ReadFacts(ByteReader* in) {
  TapedFacts facts;
  facts.zone_offset_ms = in->Fixed<int64_t>();
  facts.seed = in->Fixed<uint64_t>();
  facts.visitor.user = in->Fixed<uint64_t>();
  facts.visitor.session = in->Fixed<uint64_t>();
  facts.visitor.in_session = static_cast<uint32_t>(in->Varint());
  facts.visitor.items = ReadItems(in);
  facts.visitor.types = ReadFixed<uint16_t>(in);
  facts.visitor.weights = ReadFixed<float>(in);
  facts.visitor.times_ms = ReadFixed<int64_t>(in);
  facts.eligible_items = ReadFixed<uint8_t>(in);
  return facts;
}

void WriteValue(const model::AttributeValue& value, ByteWriter* out) {
  out->Varint(value.index());
  if (const auto* number = std::get_if<double>(&value)) out->Fixed(*number);
  if (const auto* text = std::get_if<std::string>(&value)) out->Text(*text);
  if (const auto* flag = std::get_if<bool>(&value)) out->Fixed(static_cast<uint8_t>(*flag));
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) WriteTexts(*list, out);
  if (const auto* time = std::get_if<model::TimeMs>(&value)) out->Fixed(time->ms);
}
model::AttributeValue ReadValue(ByteReader* in) {
  switch (in->Varint()) {
    case 0:
      return in->Fixed<double>();
    case 1:
      return std::string(in->Text());
    case 2:
      return in->Fixed<uint8_t>() != 0;
    case 3:
      return ReadTexts(in);
    default:
      return model::TimeMs{in->Fixed<int64_t>()};
  }
}

void WriteItem(const TapedItem& item, ByteWriter* out) {
  out->Text(item.key.type);
  out->Text(item.key.id);
  out->Fixed(static_cast<uint8_t>(item.present + 2 * item.gone));
  out->Fixed(item.first_seen_ms);
  out->Varint(item.document.attributes.size());
  for (const auto& [name, value] : item.document.attributes) {
    out->Text(name);
    WriteValue(value, out);
  }
  out->Varint(item.document.vectors.size());
  for (const auto& [name, vector] : item.document.vectors) {
    out->Text(name);
    WriteFixed(vector, out);
  }
}
TapedItem ReadItem(ByteReader* in) {
  TapedItem item;
  item.key.type = in->Text();
  item.key.id = in->Text();
  const auto flags = in->Fixed<uint8_t>();
  item.present = (flags & 1) != 0;
  item.gone = (flags & 2) != 0;
  item.first_seen_ms = in->Fixed<int64_t>();
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) {
    const std::string name(in->Text());
    item.document.attributes.emplace(name, ReadValue(in));
  }
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) {
    const std::string name(in->Text());
    item.document.vectors.emplace(name, ReadFixed<float>(in));
  }
  return item;
}

template <typename T, typename WriteOne>
void WriteAll(const std::vector<T>& values, ByteWriter* out, WriteOne write) {
  out->Varint(values.size());
  for (const T& value : values) write(value, out);
}
template <typename ReadOne>
auto ReadAll(ByteReader* in, ReadOne read) {
  std::vector<decltype(read(in))> values;
  for (uint64_t left = in->Varint(); left > 0 && in->ok(); --left) values.push_back(read(in));
  return values;
}

void WriteCall(const TapedCall& call, ByteWriter* out) {
  out->Fixed(static_cast<uint8_t>(call.score + 2 * call.said));
  WriteItems(call.items, out);
  WriteFixed(call.scores, out);
}
TapedCall ReadCall(ByteReader* in) {
  const auto flags = in->Fixed<uint8_t>();
  TapedCall call;
  call.score = (flags & 1) != 0;
  call.said = (flags & 2) != 0;
  call.items = ReadItems(in);
  call.scores = ReadFixed<float>(in);
  return call;
}

std::string Compress(const std::string& bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), kLevel));
  return packed;
}

// Empty = damaged.
std::string Decompress(std::string_view packed) {
  const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kMaxBytes) return {};
  std::string bytes(size, '\0');
  const size_t done = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
  return ZSTD_isError(done) != 0 || done != size ? std::string() : bytes;
}

// Every number of an item is one, and columns are as long as the other.
bool Sound(const Tape& tape) {
  const auto known = [&](const std::vector<sb_item>& items) {
    return std::all_of(items.begin(), items.end(), [&](sb_item item) { return item < tape.items.size(); });
  };
  for (const auto& call : tape.calls) {
    if (!known(call.items) || (!call.score && call.items.size() != call.scores.size())) return false;
  }
  for (const auto& facts : tape.facts) {
    const size_t events = facts.visitor.items.size();
    if (!known(facts.visitor.items) || facts.visitor.types.size() != events ||
        facts.visitor.weights.size() != events || facts.visitor.times_ms.size() != events ||
        facts.eligible_items.size() != tape.items.size() || facts.visitor.in_session > events)
      return false;
  }
  return known(tape.newest) && std::all_of(tape.did.did.begin(), tape.did.did.end(),
                                           [&](const auto& deed) { return deed.item < tape.items.size(); });
}

}  // namespace

std::string Tape::Encode() const {
  std::string bytes;
  ByteWriter out(&bytes);
  out.Fixed(kVersion);
  out.Fixed(now_ms);
  out.Fixed(static_cast<uint8_t>(stale + 2 * request.explain));
  WriteRequest(request, &out);
  WriteTexts(signals, &out);
  WriteTexts(families, &out);
  out.Varint(scenarios.size());
  for (const auto& [name, content] : scenarios) {
    out.Text(name);
    out.Fixed(content);
  }
  WriteAll(items, &out, WriteItem);
  WriteAll(facts, &out, WriteFacts);
  WriteAll(calls, &out, WriteCall);
  WriteFixed(narrowed, &out);
  WriteItems(newest, &out);
  out.Varint(did.did.size());
  for (const auto& deed : did.did) {
    out.Varint(deed.item);
    out.Fixed(deed.strength);
    out.Fixed(deed.since_ms);
  }
  return Compress(bytes);
}

Result<Tape> Tape::Decode(std::string_view packed) {
  const std::string bytes = Decompress(packed);
  ByteReader in(bytes);
  Tape tape;
  const bool known = in.Fixed<uint8_t>() == kVersion;
  tape.playing = true;
  tape.now_ms = in.Fixed<int64_t>();
  const auto flags = in.Fixed<uint8_t>();
  tape.request = ReadRequest(&in);
  tape.stale = (flags & 1) != 0;
  tape.request.explain = (flags & 2) != 0;
  tape.signals = ReadTexts(&in);
  tape.families = ReadTexts(&in);
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    const std::string name(in.Text());
    tape.scenarios[name] = in.Fixed<uint64_t>();
  }
  tape.items = ReadAll(&in, ReadItem);
  tape.facts = ReadAll(&in, ReadFacts);
  tape.calls = ReadAll(&in, ReadCall);
  tape.narrowed = ReadFixed<uint8_t>(&in);
  tape.newest = ReadItems(&in);
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) {
    const auto item = static_cast<sb_item>(in.Varint());
    const auto strength = in.Fixed<float>();
    tape.did.did.push_back({item, strength, in.Fixed<int64_t>()});
  }
  tape.did.playing = true;
  if (!known || !in.ok() || !Sound(tape) || tape.signals.size() != tape.families.size()) {
    return Fail(Code::kDataLoss,
                "the inputs of this answer cannot be read; it was served by another version");
  }
  return tape;
}

}  // namespace signalbox::serve
