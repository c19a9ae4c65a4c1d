// Layers of configuration, checked against the schema.
#include "app/config/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "app/config/embedded_schema.hpp"
#include "app/config/yaml.hpp"
#include "base/nearest.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared

namespace signalbox::app {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const json& Schema() {
  static const json schema = json::parse(kConfigSchema);
  return schema;
}

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

Error Invalid(const std::string& path, std::string message, std::string hint = {}) {
  return Error(Code::kInvalidArgument, path + ": " + std::move(message))
      .WithField(path)
      .WithHint(std::move(hint));
}

// Keys that the schema does not know, with the nearest one it does.
Result<void> CheckKeys(const json& value, const json& schema, const std::string& path) {
  if (!value.is_object() || !schema.contains("properties")) return {};
  const json& properties = schema["properties"];
  const bool closed = schema.value("additionalProperties", json(true)) == json(false);
  for (const auto& [key, child] : value.items()) {
    const std::string where = Join(path, key);
    if (!properties.contains(key)) {
      if (!closed) continue;
      std::vector<std::string> known;
      for (const auto& [name, ignored] : properties.items()) known.push_back(name);
      const std::string nearest = Nearest(key, known);
      return Fail(Invalid(where, "unknown key",
                          nearest.empty() ? "config/signalbox.yaml lists every key."
                                          : "Did you mean " + Join(path, nearest) + "?"));
    }
    if (auto checked = CheckKeys(child, properties[key], where); !checked) return checked;
  }
  return {};
}

json Defaults(const json& schema) {
  if (schema.contains("default")) return schema["default"];
  json object = json::object();
  if (schema.contains("properties")) {
    for (const auto& [key, child] : schema["properties"].items()) object[key] = Defaults(child);
  }
  return object;
}

// Values of `over` replace those of `base`; only the schema's own sections are merged key by key,
// so that a given map (signals, events.types) replaces the default one as a whole.
void Merge(json* base, const json& over, const json& schema) {
  for (const auto& [key, value] : over.items()) {
    const bool section = schema.contains("properties") && schema["properties"].contains(key) &&
                         schema["properties"][key].contains("properties");
    if (section && value.is_object()) {
      Merge(&(*base)[key], value, schema["properties"][key]);
    } else if (!(section && value.is_null())) {
      (*base)[key] = value;
    }
  }
}

Result<void> CheckValues(const json& config) {
  valijson::Schema schema;
  valijson::SchemaParser parser;
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(Schema()), schema);
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(config), &results)) return {};
  // The deepest place is the one a person can act on.
  std::string path, reason;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    std::string place;
    for (const auto& part : error.context) {
      if (part == "<root>") continue;
      const bool bracketed = part.size() > 2 && part.front() == '[' && part.back() == ']';
      const std::string name = bracketed ? part.substr(1, part.size() - 2) : part;
      place = Join(place, name);
    }
    if (reason.empty() || place.size() > path.size()) {
      path = place;
      reason = error.description;
    }
  }
  return Fail(Invalid(path, reason, "config/signalbox.yaml says what each key may be."));
}

Result<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) {
    return Fail(Code::kNotFound, "cannot read the configuration file " + path + "; check --config");
  }
  return text;
}

Result<json> ReadConfigFile(std::string path) {
  if (path.empty()) {
    for (const char* place : {"./config/signalbox.yaml", "/etc/signalbox/signalbox.yaml"}) {
      if (path.empty() && fs::exists(place)) path = place;
    }
    if (path.empty()) return json::object();
  }
  const auto text = ReadFile(path);
  if (!text) return Fail(text.error());
  auto parsed = ParseYaml(*text, path);
  if (!parsed) return parsed;
  if (parsed->is_null()) return json::object();
  if (!parsed->is_object())
    return Fail(Code::kInvalidArgument, path + ": the configuration must be a map of sections");
  return parsed;
}

// Sets config[a][b]... for the path "a.b".
Result<void> SetPath(json* config, const std::string& path, const std::string& value,
                     const std::string& source) {
  auto parsed = ParseYaml(value, source);
  if (!parsed) return Fail(parsed.error());
  json* place = config;
  std::stringstream parts(path);
  for (std::string part; std::getline(parts, part, '.');) {
    if (part.empty() || !(place->is_object() || place->is_null())) {
      return Fail(Invalid(path, "not a key that can be set by " + source));
    }
    place = &(*place)[part];
  }
  *place = std::move(*parsed);
  return {};
}

Result<json> Layers(const ConfigSources& sources) {
  auto config = ReadConfigFile(sources.file);
  if (!config) return config;
  for (const auto& [name, value] : sources.environment) {
    constexpr std::string_view kPrefix = "SIGNALBOX__";
    if (name.rfind(kPrefix, 0) != 0) continue;
    std::string path;
    for (size_t i = kPrefix.size(); i < name.size(); ++i) {
      if (name.compare(i, 2, "__") == 0) {
        path.push_back('.');
        ++i;
      } else {
        path.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(name[i]))));
      }
    }
    if (auto set = SetPath(&*config, path, value, name); !set) return Fail(set.error());
  }
  if (const auto level = sources.environment.find("LOG_LEVEL"); level != sources.environment.end()) {
    if (auto set = SetPath(&*config, "log.level", level->second, "LOG_LEVEL"); !set) return Fail(set.error());
  }
  for (const auto& [name, path] :
       {std::pair("KAFKA_BROKERS", "event_log.kafka.brokers"), std::pair("CLUSTER_TOKEN", "cluster.token")}) {
    const auto given = sources.environment.find(name);
    if (given == sources.environment.end()) continue;
    const std::string quoted = json(given->second).dump();
    if (auto set = SetPath(&*config, path, quoted, name); !set) return Fail(set.error());
  }
  for (const auto& entry : sources.overrides) {
    const auto equals = entry.find('=');
    if (equals == std::string::npos) {
      return Fail(Code::kInvalidArgument, "--set " + entry + ": write it as section.key=value");
    }
    if (auto set = SetPath(&*config, entry.substr(0, equals), entry.substr(equals + 1), "--set"); !set) {
      return Fail(set.error());
    }
  }
  if (!sources.data_dir.empty()) (*config)["data_dir"] = sources.data_dir;
  if (!sources.roles.empty()) {
    json roles = json::array();
    std::stringstream parts(sources.roles);
    for (std::string role; std::getline(parts, role, ',');) roles.push_back(role);
    (*config)["roles"] = roles;
  }
  return config;
}

std::string FirstOf(const std::string& given, std::initializer_list<std::string> places) {
  if (!given.empty()) return given;
  for (const auto& place : places) {
    if (fs::exists(place)) return place;
  }
  return *places.begin();
}

KafkaSettings ToKafkaSettings(const json& kafka) {
  return {kafka["brokers"],
          kafka["topic"],
          kafka["compression"],
          kafka["partitions"],
          kafka["replication_factor"],
          kafka["linger_ms"],
          kafka["append_timeout_ms"],
          kafka["client"].get<std::map<std::string, std::string>>(),
          kafka["items_topic"],
          kafka["exposures_topic"]};
}

// What is for others never goes into the log of events.
Result<void> CheckTopics(const json& kafka) {
  std::vector<std::string> taken = {kafka["topic"]};
  for (const char* key : {"items_topic", "exposures_topic"}) {
    const std::string name = kafka[key];
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
      return Fail(Invalid(std::string("event_log.kafka.") + key,
                          "\"" + name + "\" is the topic of something else",
                          "Give it one of its own, or \"\" for none."));
    }
    if (!name.empty()) taken.push_back(name);
  }
  return {};
}

Settings ToSettings(const json& config) {
  const auto path = [&](const char* section, const char* key, const std::string& fallback) {
    const std::string given = config[section][key];
    return given.empty() ? fallback : given;
  };
  Settings s;
  s.data_dir = config["data_dir"];
  s.roles = config["roles"].get<std::vector<std::string>>();
  s.log_level = config["log"]["level"];
  s.log_format = config["log"]["format"];
  const json& http = config["http"];
  s.http.host = http["host"];
  s.http.max_connections = http["max_connections"];
  s.http.max_body_bytes = http["max_body_bytes"];
  s.http.keep_alive_seconds = http["keep_alive_seconds"];
  s.http.request_timeout_seconds = http["request_timeout_seconds"];
  s.ingest_port = http["ingest_port"];
  s.recommend_port = http["recommend_port"];
  s.admin_port = http["admin_port"];
  s.ops_port = http["ops_port"];
  const json& limits = config["rate_limits"];
  s.rate_limits = {limits["events"],          limits["catalogue"],      limits["users"],
                   limits["recommendations"], limits["window_seconds"], limits["by"] == "key"};
  s.tenants = config["tenants"]["names"].get<std::vector<std::string>>();
  s.time_zone = config["tenants"]["time_zone"];
  s.sample_every = config["recommend"]["sample_every"];
  s.sample_bytes = config["recommend"]["sample_mb"].get<uint64_t>() << 20;
  for (const auto& [name, weight] : config["events"]["types"].items())
    s.event_types.push_back({name, weight});
  s.users.session_gap_ms = config["sessions"]["gap_minutes"].get<int64_t>() * 60'000;
  s.users.session_max_length = config["sessions"]["max_length"];
  s.users.repeats_per_day = config["sessions"]["repeats_per_day"];
  s.implicit_items = config["catalogue"]["implicit_items"];
  const json& log = config["event_log"];
  s.event_log = {path("event_log", "dir", s.data_dir + "/log"),
                 log["segment_mb"].get<uint64_t>() << 20,
                 log["queue_mb"].get<uint64_t>() << 20,
                 log["queue_records"].get<uint64_t>(),
                 static_cast<uint64_t>(log["retention_gb"].get<double>() * 1e9),
                 log["retention_days"].get<int64_t>() * 86'400'000,
                 log["kind"],
                 ToKafkaSettings(log["kafka"])};
  s.cluster = {config["cluster"]["token"], config["cluster"]["process_urls"].get<std::vector<std::string>>(),
               config["cluster"]["fetch_timeout_seconds"]};
  s.archive = config["archive"]["kind"] == "postgres";
  const json& checkpoint = config["checkpoint"];
  s.checkpoint = {path("checkpoint", "dir", s.data_dir + "/checkpoints"), checkpoint["interval_seconds"],
                  checkpoint["every_records"], checkpoint["keep"]};
  s.process = {config["process"]["batch_records"], config["events"]["dedup_window_hours"],
               config["catalogue"]["poll_ms"], config["process"]["maintain_budget_us"]};
  for (const auto& [name, signal] : config["signals"].items()) {
    json own = signal;
    own.erase("plugin");
    s.signals.push_back({name, signal["plugin"], own.dump()});
  }
  for (const std::string name : config["lists"]["popular"]) {
    if (config["signals"].contains(name)) s.popular_signals.push_back(name);
  }
  for (const auto& [name, weight] : config["lists"]["similar"].items()) {
    if (config["signals"].contains(name)) s.similar_weights[name] = weight;
  }
  std::error_code ignored;
  const auto program = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  s.signal_options.plugin_dir = path("plugins", "dir", (program / "plugins").string());
  s.signal_options.copy_dir = s.data_dir + "/plugins";
  s.signal_options.score_budget_us = config["plugins"]["score_budget_us"];
  s.scenario_dir =
      FirstOf(config["scripts"]["dir"], {"./scripts-lua", "/etc/signalbox/scripts-lua"}) + "/scenarios";
  s.default_scenario = config["scripts"]["default_scenario"];
  s.watch_scripts = config["scripts"]["watch"];
  const json& revisions = config["revisions"];
  const auto days = [&](const char* key) { return revisions[key].get<int64_t>() * 86'400'000; };
  s.retention = {days("drafts_days"), days("retired_days"), revisions["retired_kept"], days("audit_days")};
  return s;
}

// What DATABASE_URL and REDIS_URL say, demanded where it is needed.
Result<StoreSettings> ReadStores(const json& config, const std::map<std::string, std::string>& environment) {
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  StoreSettings stores{config["control_store"]["kind"], variable("DATABASE_URL"), config["cache"]["kind"],
                       variable("REDIS_URL"), config["cache"]["memory_mb"].get<uint64_t>() << 20};
  if (stores.control_store == "postgres" && stores.database_url.empty()) {
    return Fail(Invalid("control_store.kind", "postgres needs DATABASE_URL in the environment",
                        "Set it to postgres://user:password@host:5432/database."));
  }
  if (stores.cache == "redis" && stores.redis_url.empty()) {
    return Fail(Invalid("cache.kind", "redis needs REDIS_URL in the environment",
                        "Set it to redis://user:password@host:6379/0."));
  }
  return stores;
}

Result<void> CheckCluster(const json& config) {
  const std::string token = config["cluster"]["token"];
  constexpr size_t kShortestToken = 16;
  if (!token.empty() && token.size() < kShortestToken) {
    return Fail(Invalid("cluster.token", "is shorter than 16 bytes",
                        "Make one with: openssl rand -base64 24. The same text goes to every node."));
  }
  if (token.empty() && !config["cluster"]["process_urls"].empty()) {
    return Fail(Invalid("cluster.token", "is empty with cluster.process_urls given",
                        "Set it, or CLUSTER_TOKEN, to the text that the process nodes have."));
  }
  const bool shared = config["event_log"]["kind"] == "kafka" && config["control_store"]["kind"] == "postgres";
  if (config["archive"]["kind"] == "postgres" && !shared) {
    return Fail(Invalid("archive.kind",
                        "postgres needs event_log.kind: kafka and control_store.kind: postgres",
                        "The archive is kept by the offsets of a log that all nodes share."));
  }
  return {};
}

}  // namespace

bool Settings::HasRole(std::string_view role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Result<Settings> LoadSettings(const ConfigSources& sources) {
  auto given = Layers(sources);
  if (!given) return Fail(given.error());
  if (auto known = CheckKeys(*given, Schema(), ""); !known) return Fail(known.error());
  json config = Defaults(Schema());
  Merge(&config, *given, Schema());
  if (auto valid = CheckValues(config); !valid) return Fail(valid.error());
  const std::string host = config["http"]["host"];
  if (host != "127.0.0.1" && host != "::1" && host != "localhost") {
    return Fail(Invalid("http.host", "\"" + host + "\" is not a loopback address",
                        "Without keys (auth.mode: open) bind to 127.0.0.1 only."));
  }
  if (config["event_log"]["kind"] == "kafka" && config["event_log"]["kafka"]["brokers"] == "") {
    return Fail(Invalid("event_log.kafka.brokers", "is empty with event_log.kind: kafka",
                        "Give host:port of one broker or more, or set KAFKA_BROKERS."));
  }
  if (auto valid = CheckCluster(config); !valid) return Fail(valid.error());
  if (auto apart = CheckTopics(config["event_log"]["kafka"]); !apart) return Fail(apart.error());
  auto stores = ReadStores(config, sources.environment);
  if (!stores) return Fail(stores.error());
  Settings settings = ToSettings(config);
  settings.stores = std::move(*stores);
  return settings;
}

std::string DefaultConfigJson() { return Defaults(Schema()).dump(); }

}  // namespace signalbox::app
