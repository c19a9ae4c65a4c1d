// Asks the server for anything.
#include "app/import/server_check.hpp"

#include "adapters/http/poco_client.hpp"

namespace signalbox::app {

Lanes::MakeClient ClientsOf(const std::string& url) {
  return [url] { return adapters::http::MakePocoClient(url); };
}

Result<void> CheckServer(const Lanes::MakeClient& make_client, const std::string& url) {
  auto client = make_client();
  if (!client) return Fail(client.error());
  if (const auto answer = (*client)->Send("GET", "/items?limit=1", {}, ""); !answer) {
    return Fail(Error(Code::kUnavailable, "no server answers at " + url + ": " + answer.error().message())
                    .WithField("url")
                    .WithHint("Start one with \"signalbox serve\", or name another with --url."));
  }
  return {};
}

}  // namespace signalbox::app
