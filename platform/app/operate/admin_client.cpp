// Requests to the admin port.
#include "app/operate/admin_client.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "adapters/http/poco_client.hpp"

namespace signalbox::app {
namespace {

std::string SystemUser() {
  if (const char* user = std::getenv("USER"); user != nullptr && *user != '\0') return user;
  const passwd* entry = getpwuid(getuid());
  return entry == nullptr ? "operator" : entry->pw_name;
}

Code CodeOf(int status) {
  switch (status) {
    case 404:
      return Code::kNotFound;
    case 409:
      return Code::kConflict;
    case 413:
      return Code::kTooLarge;
    case 429:
      return Code::kResourceExhausted;
    case 503:
      return Code::kUnavailable;
    default:
      return status >= 500 ? Code::kInternal : Code::kInvalidArgument;
  }
}

}  // namespace

void AddAdminOptions(CLI::App& command, AdminOptions* options) {
  command.add_option("--url", options->url, "the node's admin port")->capture_default_str();
  command.add_option("--tenant", options->tenant, "whose scenarios; empty: default");
  command.add_option("--author", options->author, "who is named in the audit; empty: the system's user");
}

Result<AdminClient> AdminClient::Connect(const AdminOptions& options) {
  ports::HttpClientOptions limits;
  limits.timeout_seconds = 120;
  auto client = adapters::http::MakePocoClient(options.url, limits);
  if (!client) return Fail(client.error());
  AdminOptions filled = options;
  if (filled.author.empty()) filled.author = SystemUser();
  return AdminClient(std::move(filled), std::move(*client));
}

Result<nlohmann::json> AdminClient::Call(const std::string& method, const std::string& target,
                                         const nlohmann::json& body) {
  ports::HttpClient::Headers headers = {{"X-Author", options_.author}};
  if (!options_.tenant.empty()) headers.emplace_back("X-Tenant-ID", options_.tenant);
  const std::string text =
      body.is_null() ? std::string() : body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto answer = client_->Send(method, target, headers, text);
  if (!answer) {
    return Fail(
        Error(Code::kUnavailable, "no server answers at " + options_.url + ": " + answer.error().message())
            .WithHint("Start one with \"signalbox serve\", or name another with --url."));
  }
  auto parsed = nlohmann::json::parse(answer->body, nullptr, false);
  if (answer->status < 300 && !parsed.is_discarded()) return parsed;
  Error error(CodeOf(answer->status), "HTTP " + std::to_string(answer->status) + " from " + target);
  if (parsed.is_object() && parsed.contains("error") && parsed["error"].is_object()) {
    const auto& told = parsed["error"];
    error = Error(CodeOf(answer->status), told.value("message", ""))
                .WithField(told.value("field", ""))
                .WithHint(told.value("hint", ""));
  }
  return Fail(std::move(error));
}

std::string ScenarioPath(const std::string& name) {
  std::string path = "/admin/v1/scenarios/";
  ports::PercentEncode(name, &path);
  return path;
}

int Complain(const std::string& command, const Error& error, int exit_code) {
  std::fprintf(stderr, "signalbox %s: %s%s%s\n", command.c_str(), error.message().c_str(),
               error.hint().empty() ? "" : ". ", error.hint().c_str());
  return exit_code;
}

}  // namespace signalbox::app
