// The admin API as commands use it: JSON in, JSON out, errors as values.
#pragma once

#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "ports/http_client.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace signalbox::app {

struct AdminOptions {
  std::string url = "http://127.0.0.1:8082";
  std::string tenant;  // empty = default
  std::string author;  // empty = the system's user
};

// --url, --tenant and --author.
void AddAdminOptions(CLI::App& command, AdminOptions* options);

// Threads: one at a time.
class AdminClient {
 public:
  // Errors: kInvalidArgument for the url.
  static Result<AdminClient> Connect(const AdminOptions& options);

  // body: null = none. Errors: kUnavailable where no server answers; what the server refused, with its
  // own words, field and hint: kInvalidArgument (400), kNotFound (404), kConflict (409), ...
  Result<nlohmann::json> Call(const std::string& method, const std::string& target,
                              const nlohmann::json& body = nullptr);

  const std::string& url() const { return options_.url; }

 private:
  AdminClient(AdminOptions options, std::unique_ptr<ports::HttpClient> client)
      : options_(std::move(options)), client_(std::move(client)) {}

  AdminOptions options_;
  std::unique_ptr<ports::HttpClient> client_;
};

// "/admin/v1/scenarios/<name>", the name percent-encoded.
std::string ScenarioPath(const std::string& name);

// Prints "signalbox <command>: message. hint" and gives the exit code back.
int Complain(const std::string& command, const Error& error, int exit_code = 1);

}  // namespace signalbox::app
