// The configuration: defaults from the schema, then the file, the environment and --set.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/node/rate_limits.hpp"
#include "base/result.hpp"
#include "ports/control_store.hpp"
#include "ports/http.hpp"
#include "process/checkpointer.hpp"
#include "signals/signal_set.hpp"
#include "state/tenant_state.hpp"

namespace signalbox::app {

struct KafkaSettings {
  std::string brokers, topic, compression;
  uint32_t partitions;
  int replication_factor, linger_ms, append_timeout_ms;
  std::map<std::string, std::string> client;
  std::string items_topic, exposures_topic;  // empty = none
};

struct EventLogSettings {
  std::string dir;
  uint64_t segment_bytes, queue_bytes, queue_records, retention_bytes;
  int64_t retention_ms;
  std::string kind;  // "sqlite" or "kafka"
  KafkaSettings kafka;
};

// Where what nodes share lives. The addresses may hold passwords: they are never logged.
struct StoreSettings {
  std::string control_store;  // "sqlite", "postgres"
  std::string database_url;   // DATABASE_URL; given where control_store is postgres
  std::string cache;          // "memory", "redis"
  std::string redis_url;      // REDIS_URL; given where cache is redis
  uint64_t cache_bytes = 0;
};

// How nodes reach each other's checkpoints. The token is never logged.
struct ClusterSettings {
  std::string token;  // empty = checkpoints are not handed out
  std::vector<std::string> process_urls;
  int fetch_timeout_seconds = 0;
};

// Everything a node needs to know, checked and with paths filled in.
struct Settings {
  std::string data_dir;
  std::vector<std::string> roles;
  std::string log_level, log_format;
  ports::HttpServerOptions http;  // its port is not used
  uint16_t ingest_port, recommend_port, admin_port, ops_port;
  RateLimitSettings rate_limits;
  std::vector<std::string> tenants;
  std::string time_zone;  // of all of them, IANA
  uint32_t sample_every;  // answers per one that is kept; 0 = none
  uint64_t sample_bytes;  // on disk
  std::vector<state::EventType> event_types;
  state::UserRules users;
  bool implicit_items;
  EventLogSettings event_log;
  StoreSettings stores;
  ClusterSettings cluster;
  bool archive = false;  // the process node sends every event to the database
  process::CheckpointOptions checkpoint;
  process::ProcessorOptions process;
  std::vector<signals::SignalConfig> signals;
  signals::SignalSetOptions signal_options;
  std::vector<std::string> popular_signals;       // those that are configured
  std::map<std::string, double> similar_weights;  // likewise
  std::string scenario_dir;
  std::string default_scenario;
  ports::Retention retention;
  bool watch_scripts;  // publish files of scenario_dir as they change

  bool HasRole(std::string_view role) const;
  // Log and database are shared with other nodes: of those that process, one at a time writes.
  bool shares_log() const { return event_log.kind == "kafka" && stores.control_store == "postgres"; }
};

struct ConfigSources {
  std::string file;                                // empty = the places of the documentation
  std::vector<std::string> overrides;              // "section.key=value", the value as YAML
  std::map<std::string, std::string> environment;  // SIGNALBOX__SECTION__KEY, LOG_LEVEL, ...
  std::string data_dir;                            // empty = the configuration's
  std::string roles;                               // comma separated; empty = the configuration's
};

// The process's environment.
std::map<std::string, std::string> Environment();

// Errors: kInvalidArgument with field = the key's path, naming the source and, for an unknown key,
//         the nearest valid one; kNotFound for a file that was named and is not there.
Result<Settings> LoadSettings(const ConfigSources& sources);

// The defaults, as JSON text.
std::string DefaultConfigJson();

}  // namespace signalbox::app
