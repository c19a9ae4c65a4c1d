// Parameters by name.
#include "serve/request_parser.hpp"

#include <simdjson.h>
#include <algorithm>
#include <charconv>

#include "base/nearest.hpp"
#include "serve/request_values.hpp"

namespace signalbox::serve {
namespace {

constexpr size_t kMaxListed = 1000;
constexpr size_t kMaxAfter = 256;  // as many as a log may have partitions
constexpr size_t kMaxDepth = 32;
constexpr size_t kUsualBody = 64 << 10;
constexpr const char* kBodyHint = "send an object such as {\"user_id\": \"ada\", \"count\": 5}";
constexpr size_t kMaxFilterBytes = 4096;
constexpr uint32_t kMaxCount = 100;
constexpr uint32_t kMaxWindowDays = 365;

using model::RecommendRequest;
using Pairs = std::vector<std::pair<std::string, std::string>>;

tl::unexpected<Error> Wrong(std::string_view field, std::string message, std::string hint = {}) {
  return Fail(Error(Code::kInvalidArgument, std::string(field) + " " + std::move(message))
                  .WithField(std::string(field))
                  .WithHint(std::move(hint)));
}

Result<void> ReadNumber(std::string_view field, std::string_view text, uint32_t least, uint32_t most,
                        uint32_t* out) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return Wrong(field,
                 "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most),
                 "leave it out for the default");
  }
  *out = number;
  return {};
}

Result<void> ReadFlag(std::string_view field, std::string_view text, bool* out) {
  if (text != "true" && text != "false" && text != "1" && text != "0")
    return Wrong(field, "must be true or false", "leave it out for false");
  *out = text == "true" || text == "1";
  return {};
}

Result<void> ReadId(std::string_view field, const std::string& text, std::string* out) {
  if (const auto checked = CheckId(field, text); !checked) return checked;
  *out = text;
  return {};
}

Result<void> AddItem(std::string_view field, const std::string& text, std::vector<model::ItemKey>* out) {
  if (const auto checked = CheckId(field, text); !checked) return checked;
  if (out->size() >= kMaxListed) return Wrong(field, "may be given at most 1000 times", "send fewer");
  out->push_back({std::string(model::kDefaultItemType), text});
  return {};
}

Result<void> ReadFilter(std::string_view field, const std::string& text, std::string* out) {
  if (text.size() > kMaxFilterBytes) return Wrong(field, "may have at most 4096 bytes", "shorten it");
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    return Wrong(field, "must be UTF-8", "encode its text as UTF-8, then each byte as %XX");
  }
  *out = text;
  return {};
}

Result<void> Apply(const std::string& name, const std::string& value, RecommendRequest* request) {
  if (value.empty()) return {};
  if (name == "user_id") return ReadId(name, value, &request->user);
  if (name == "session_id") return ReadId(name, value, &request->session);
  if (name == "scenario") return ReadId(name, value, &request->scenario);
  if (name == "category") return ReadId(name, value, &request->category);
  if (name == "items") return AddItem(name, value, &request->items);
  if (name == "exclude") return AddItem(name, value, &request->exclude);
  if (name == "count") return ReadNumber(name, value, 1, kMaxCount, &request->count);
  if (name == "window_days") return ReadNumber(name, value, 1, kMaxWindowDays, &request->window_days);
  if (name == "filter") return ReadFilter(name, value, &request->filter);
  if (IsGroup(name) || !GroupOf(name).empty()) return AddQueryValue(name, value, request);
  if (name == "attributes") return ReadFlag(name, value, &request->attributes);
  if (name == "explain") return ReadFlag(name, value, &request->explain);
  if (name == "page_item_id") {
    std::string checked;  // read again by the handler, which knows its type
    return ReadId(name, value, &checked);
  }
  if (name == "item_id") {
    request->context.emplace();
    return ReadId(name, value, &request->context->id);
  }
  if (name == "after") {
    const auto position = model::ParsePosition(value);
    if (!position) return Fail(position.error());
    if (request->after.size() >= kMaxAfter)
      return Wrong(name, "may be given at most 256 times", "send the highest of each partition");
    request->after.push_back(*position);
  }
  return {};  // item_type is applied to all items at the end
}

bool IsList(std::string_view name) { return name == "items" || name == "exclude" || name == "after"; }
// "context.device" is allowed where "context" is.
bool IsAllowed(std::string_view name, std::span<const std::string_view> allowed) {
  const std::string_view group = GroupOf(name);
  return std::find(allowed.begin(), allowed.end(), group.empty() ? name : group) != allowed.end();
}
bool IsFlag(std::string_view name) { return name == "attributes" || name == "explain"; }
bool IsNumber(std::string_view name) { return name == "count" || name == "window_days"; }

tl::unexpected<Error> NotAllowed(const std::string& name, std::span<const std::string_view> allowed) {
  if (name.empty()) {
    return Fail(Error(Code::kInvalidArgument, "a parameter without a name").WithHint("write name=value"));
  }
  std::string hint;
  const std::string nearest = Nearest(name, {allowed.begin(), allowed.end()});
  if (!nearest.empty()) {
    hint = "did you mean '" + nearest + "'?";
  } else if (allowed.empty()) {
    hint = "this request takes none";
  } else {
    for (const auto known : allowed) hint.append(hint.empty() ? "known are " : ", ").append(known);
  }
  return Wrong(name.substr(0, 64), "is not a parameter of this request", std::move(hint));
}

Result<RecommendRequest> FromPairs(const Pairs& pairs, RecommendRequest request,
                                   std::span<const std::string_view> allowed) {
  std::string item_type;
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto& [name, value] = pairs[i];
    if (!IsAllowed(name, allowed)) return NotAllowed(name, allowed);
    const auto same = [&name = name](const auto& other) { return other.first == name; };
    if (!IsList(name) && std::any_of(pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(i), same)) {
      return Wrong(name, "is given twice", "keep one of them");
    }
    if (const auto applied = Apply(name, value, &request); !applied) return Fail(applied.error());
    if (name == "item_type" && !value.empty()) {
      if (const auto read = ReadId(name, value, &item_type); !read) return Fail(read.error());
    }
  }
  if (!item_type.empty()) {
    for (auto& item : request.items) item.type = item_type;
    for (auto& item : request.exclude) item.type = item_type;
    if (request.context) request.context->type = item_type;
  }
  return request;
}

// A scalar's text; what is not of the field's type is refused. null is empty.
Result<std::string> TextOf(std::string_view field, simdjson::dom::element value) {
  using Type = simdjson::dom::element_type;
  const Type type = value.type();
  const bool null = type == Type::NULL_VALUE;
  if (IsFlag(field) && type != Type::BOOL && !null) return Wrong(field, "must be true or false");
  if (IsNumber(field) && type != Type::INT64 && type != Type::UINT64 && !null) {
    return Wrong(field, "must be a whole number", "write it without quotes");
  }
  switch (type) {
    case simdjson::dom::element_type::STRING:
      return std::string(std::string_view(value));
    case simdjson::dom::element_type::INT64:
      return std::to_string(int64_t(value));
    case simdjson::dom::element_type::UINT64:
      return std::to_string(uint64_t(value));
    case simdjson::dom::element_type::BOOL:
      if (!IsFlag(field)) return Wrong(field, "must be a text or a whole number", "put it into quotes");
      return std::string(bool(value) ? "true" : "false");
    case simdjson::dom::element_type::NULL_VALUE:
      return std::string();
    default:
      return Wrong(field, "must be a text or a whole number", "lists go into items, exclude and after only");
  }
}

// {"device": "phone"} of "context", "user" or "tunables"; null is the same as none.
Result<void> AddObject(const std::string& group, simdjson::dom::element value, RecommendRequest* request) {
  using Type = simdjson::dom::element_type;
  if (value.type() == Type::NULL_VALUE) return {};
  if (value.type() != Type::OBJECT) return Wrong(group, "must be an object", "write {\"name\": value}");
  for (const auto field : simdjson::dom::object(value)) {
    const std::string name(field.key);
    model::ContextValue read;
    switch (field.value.type()) {
      case Type::STRING:
        read = std::string(std::string_view(field.value));
        break;
      case Type::BOOL:
        read = bool(field.value);
        break;
      case Type::INT64:
      case Type::UINT64:
      case Type::DOUBLE:
        read = double(field.value);
        break;
      case Type::NULL_VALUE:
        continue;
      default:
        return Wrong(group + "." + name.substr(0, 64), "must be a text, a number or true or false",
                     "lists and objects are not read");
    }
    if (auto added = AddValue(group, name, std::move(read), request); !added) return added;
  }
  return {};
}

// Scalars and lists as pairs; objects go into `request`.
Result<Pairs> PairsOf(simdjson::dom::object object, std::span<const std::string_view> allowed,
                      RecommendRequest* request) {
  Pairs pairs;
  for (const auto field : object) {
    const std::string name(field.key);
    if (IsGroup(name)) {
      if (!IsAllowed(name, allowed)) return NotAllowed(name, allowed);
      if (auto added = AddObject(name, field.value, request); !added) return Fail(added.error());
      continue;
    }
    if (field.value.type() != simdjson::dom::element_type::ARRAY) {
      auto text = TextOf(name, field.value);
      if (!text) return Fail(text.error());
      pairs.emplace_back(name, std::move(*text));
      continue;
    }
    if (!IsList(name)) return Wrong(name.substr(0, 64), "must not be a list", "give one value");
    for (const auto value : simdjson::dom::array(field.value)) {
      auto text = TextOf(name, value);
      if (!text) return Fail(text.error());
      if (text->empty()) return Wrong(name, "must not hold null or an empty text", "leave it out");
      if (pairs.size() > 4 * kMaxListed) return Wrong(name, "may be given at most 1000 times", "send fewer");
      pairs.emplace_back(name, std::move(*text));
    }
  }
  return pairs;
}

Result<Pairs> ParseBody(const std::string& body, std::span<const std::string_view> allowed,
                        RecommendRequest* request) {
  if (body.size() > kMaxRequestBody) {
    return Fail(Error(Code::kTooLarge, "the body is over 512 KB").WithHint("send fewer items"));
  }
  thread_local simdjson::dom::parser parser;
  // Room in advance, so that parsing does not allocate and the depth stays as set here.
  if (parser.capacity() < std::max(body.size(), kUsualBody) &&
      parser.allocate(std::max(body.size(), kUsualBody) + 1024, kMaxDepth) != simdjson::SUCCESS) {
    return Fail(Code::kResourceExhausted, "no memory to parse the body; try again");
  }
  simdjson::dom::object object;
  const auto error = parser.parse(body.data(), body.size()).get(object);
  if (error == simdjson::INCORRECT_TYPE) {
    return Fail(Error(Code::kInvalidArgument, "the body must be a JSON object").WithHint(kBodyHint));
  }
  if (error != simdjson::SUCCESS) {
    const bool deep = error == simdjson::DEPTH_ERROR;
    return Fail(
        Error(Code::kInvalidArgument, std::string("the body is not JSON: ") + simdjson::error_message(error))
            .WithHint(deep ? "nesting may be 32 deep at most" : kBodyHint));
  }
  return PairsOf(object, allowed, request);
}

}  // namespace

Result<void> CheckId(std::string_view field, std::string_view id) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (id.empty() || id.size() > model::kMaxIdBytes) {
    return Wrong(field, "must have 1 to 256 bytes", "shorten it, or send a hash of it");
  }
  if (std::any_of(id.begin(), id.end(), control)) {
    return Wrong(field, "must not contain control characters", "leave out line ends and bytes below 0x20");
  }
  if (!simdjson::validate_utf8(id.data(), id.size())) {
    return Wrong(field, "must be UTF-8", "encode its text as UTF-8, then each byte as %XX");
  }
  return {};
}

Result<RecommendRequest> ParseRecommendRequest(const ports::HttpRequest& http,
                                               std::span<const std::string_view> allowed) {
  Pairs pairs = http.query;
  RecommendRequest given;
  if (http.method == "POST") {
    auto fields = ParseBody(http.body, allowed, &given);
    if (!fields) return Fail(fields.error());
    pairs.insert(pairs.end(), std::make_move_iterator(fields->begin()),
                 std::make_move_iterator(fields->end()));
  }
  auto request = FromPairs(pairs, std::move(given), allowed);
  if (!request) return request;
  if (const std::string* tenant = http.Header("X-Tenant-ID"); tenant != nullptr && !tenant->empty()) {
    if (const auto read = ReadId("X-Tenant-ID", *tenant, &request->tenant); !read) return Fail(read.error());
  }
  return request;
}

}  // namespace signalbox::serve
