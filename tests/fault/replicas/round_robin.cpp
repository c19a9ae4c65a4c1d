// Taking turns.
#include "round_robin.hpp"

#include <utility>

#include "adapters/http/poco_client.hpp"

namespace signalbox::fault {

RoundRobin::RoundRobin(std::vector<uint16_t> ports, size_t first)
    : ports_(std::move(ports)), clients_(ports_.size()), next_(first) {}

Result<ports::HttpResponse> RoundRobin::Send(const std::string& method, const std::string& target,
                                             const std::string& body) {
  auto answer = SendOnce(method, target, body);
  if (answer && answer->status != 503) return answer;
  ++retries_;
  return SendOnce(method, target, body);
}

Result<ports::HttpResponse> RoundRobin::SendOnce(const std::string& method, const std::string& target,
                                                 const std::string& body) {
  const size_t turn = next_++ % ports_.size();
  auto& client = clients_[turn];
  if (!client) {
    auto made = adapters::http::MakePocoClient("http://127.0.0.1:" + std::to_string(ports_[turn]));
    if (!made) return Fail(made.error());
    client = std::move(*made);
  }
  return client->Send(method, target, {}, body);
}

}  // namespace signalbox::fault
