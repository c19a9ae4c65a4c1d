// nlohmann_json parses, valijson judges; unknown keys are found here, to name the nearest one.
#include "signals/plugin_config.hpp"

#include <algorithm>
#include <exception>
#include <numeric>
#include <optional>

// Without it valijson aborts the process on a schema it cannot read.
#define VALIJSON_USE_EXCEPTIONS 1
#include "nlohmann/json.hpp"
#include "valijson/adapters/nlohmann_json_adapter.hpp"
#include "valijson/schema.hpp"
#include "valijson/schema_parser.hpp"
#include "valijson/validation_results.hpp"
#include "valijson/validator.hpp"

namespace signalbox::signals {

namespace {

using Json = nlohmann::json;
constexpr int kMaxDepth = 32;

// nlohmann_json has no depth limit of its own.
bool TooDeep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kMaxDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::optional<Json> ParseObject(std::string_view text) {
  if (TooDeep(text)) return std::nullopt;
  Json parsed = Json::parse(text, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) return std::nullopt;
  return parsed;
}

Result<Json> ParseSchema(const char* text) {
  auto schema = ParseObject(text == nullptr ? "{}" : text);
  const bool usable =
      schema.has_value() && (!schema->contains("properties") || schema->at("properties").is_object());
  if (!usable) {
    return Fail(Code::kInvalidArgument,
                "the plugin's config_schema is not a JSON Schema of an object; correct it in the plugin");
  }
  if (!schema->contains("properties")) (*schema)["properties"] = Json::object();
  for (const auto& [key, property] : schema->at("properties").items()) {
    if (!property.is_object()) {
      return Fail(Code::kInvalidArgument,
                  "the plugin's config_schema has no object for \"" + key + "\"; correct it in the plugin");
    }
  }
  return *std::move(schema);
}

Result<void> CheckKeys(const Json& properties, const Json& config) {
  std::vector<std::string> known;
  for (const auto& [key, property] : properties.items()) known.push_back(key);
  for (const auto& [key, value] : config.items()) {
    if (properties.contains(key)) continue;
    const std::string nearest = NearestWord(key, known);
    std::string fix = "remove it";
    if (!nearest.empty()) {
      fix = "did you mean \"" + nearest + "\"?";
    } else if (!known.empty()) {
      fix = "known keys: " +
            std::accumulate(std::next(known.begin()), known.end(), known.front(),
                            [](std::string all, const std::string& one) { return all + ", " + one; });
    }
    return Fail(
        Error(Code::kInvalidArgument, "\"" + key + "\" is not a key of this plugin; " + fix).WithField(key));
  }
  return {};
}

// The first complaint of the schema, as "key: what".
Result<void> Validate(const Json& schema_json, const Json& config) {
  valijson::Schema schema;
  try {
    valijson::SchemaParser parser;
    const valijson::adapters::NlohmannJsonAdapter adapter(schema_json);
    parser.populateSchema(adapter, schema);
  } catch (const std::exception& failure) {
    return Fail(Code::kInvalidArgument, std::string("the plugin's config_schema cannot be used (") +
                                            failure.what() + "); correct it in the plugin");
  }
  try {
    valijson::Validator validator;
    valijson::ValidationResults complaints;
    const valijson::adapters::NlohmannJsonAdapter target(config);
    if (validator.validate(schema, target, &complaints)) return {};
    std::string key, what = "does not match the plugin's schema";
    valijson::ValidationResults::Error complaint;
    // The innermost complaint names the key.
    while (complaints.popError(complaint)) {
      if (complaint.context.size() > 1 && key.empty()) {
        key = complaint.context[1];
        what = complaint.description;
      } else if (key.empty()) {
        what = complaint.description;
      }
    }
    if (key.size() > 4 && key.front() == '[') key = key.substr(1, key.size() - 2);
    std::string message = key.empty() ? what : key + " = " + config.value(key, Json()).dump() + ": " + what;
    const Json& properties = schema_json.at("properties");
    message += properties.contains(key) ? "; it must match " + properties.at(key).dump()
                                        : "; see the plugin's README";
    return Fail(Error(Code::kInvalidArgument, message).WithField(key));
  } catch (const std::exception& failure) {
    return Fail(Code::kInvalidArgument, std::string("the configuration cannot be checked (") +
                                            failure.what() + "); correct the plugin's config_schema");
  }
}

}  // namespace

std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest;
  size_t fewest = std::max<size_t>(1, word.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t change = diagonal + (word[i - 1] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
      }
    }
    if (row.back() < fewest) {
      fewest = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

Result<PluginConfig> PluginConfig::Parse(const char* schema_text, std::string_view json) {
  const auto schema = ParseSchema(schema_text);
  if (!schema) return Fail(schema.error());
  auto config = ParseObject(json);
  if (!config) {
    return Fail(Code::kInvalidArgument,
                "the configuration is not a JSON object of at most 32 levels; write {\"key\": value, ...}");
  }
  const Json& properties = schema->at("properties");
  if (auto keys = CheckKeys(properties, *config); !keys) return Fail(keys.error());
  for (const auto& [key, property] : properties.items()) {
    if (!config->contains(key) && property.contains("default")) (*config)[key] = property.at("default");
  }
  if (auto valid = Validate(*schema, *config); !valid) return Fail(valid.error());

  PluginConfig parsed;
  Json state = Json::object();
  for (const auto& [key, value] : config->items()) {
    const Json mark = properties.at(key).value("x-signalbox", Json());
    if (mark != "score") state[key] = value;
    Setting setting{key, SB_SETTING_JSON, "", 0};
    if (value.is_number()) {
      setting.kind = SB_SETTING_NUMBER;
      setting.number = value.get<double>();
    } else if (value.is_string()) {
      setting.kind = SB_SETTING_TEXT;
      setting.text = value.get<std::string>();
    } else if (value.is_boolean()) {
      setting.kind = SB_SETTING_BOOL;
      setting.number = value.get<bool>() ? 1 : 0;
    } else if (value.is_null()) {
      continue;
    } else {
      setting.text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    parsed.settings_.push_back(std::move(setting));
  }
  parsed.json_ = config->dump(-1, ' ', false, Json::error_handler_t::replace);
  parsed.state_json_ = state.dump(-1, ' ', false, Json::error_handler_t::replace);
  return parsed;
}

PluginConfig::View::View(const PluginConfig& config, std::string_view instance) {
  for (const Setting& setting : config.settings_) {
    sb_setting raw{};
    raw.struct_size = sizeof raw;
    raw.kind = setting.kind;
    raw.key = {setting.key.data(), setting.key.size()};
    raw.text = {setting.text.data(), setting.text.size()};
    raw.number = setting.number;
    settings_.push_back(raw);
  }
  raw_.struct_size = sizeof raw_;
  raw_.count = static_cast<uint32_t>(settings_.size());
  raw_.settings = settings_.data();
  raw_.instance = {instance.data(), instance.size()};
  raw_.json = {config.json_.data(), config.json_.size()};
}

}  // namespace signalbox::signals
