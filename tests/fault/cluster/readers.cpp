// One connection to each node for each thread.
#include "readers.hpp"

#include <chrono>
#include <memory>

#include "adapters/http/poco_client.hpp"

namespace signalbox::fault {
namespace {

struct Node {
  uint16_t port = 0;
  std::unique_ptr<ports::HttpClient> client;
};

// What went wrong; empty = 200.
std::string Ask(Node* node, uint16_t port, const std::string& target) {
  if (!node->client || node->port != port) {
    auto made = adapters::http::MakePocoClient("http://127.0.0.1:" + std::to_string(port), {});
    if (!made) return made.error().message();
    *node = {port, std::move(*made)};
  }
  const auto response = node->client->Send("GET", target, {}, "");
  if (!response) return response.error().message();
  return response->status == 200 ? std::string() : std::to_string(response->status) + " " + response->body;
}

}  // namespace

Readers::Readers(int threads) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

void Readers::Stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Readers::Run(int number) {
  std::array<Node, kNodes> nodes;
  for (size_t turn = static_cast<size_t>(number); !stopping_; ++turn) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));  // leaves the processor to the nodes
    if (ports_[0] == 0 || ports_[1] == 0) continue;
    const std::string target = "/recommendations?count=5&user_id=reader" + std::to_string(turn % 50);
    const size_t first = turn % kNodes, second = (turn + 1) % kNodes;
    const auto wrong = Ask(&nodes[first], ports_[first], target);
    if (!wrong.empty()) {
      ++again_;
      if (const auto still = Ask(&nodes[second], ports_[second], target); !still.empty()) {
        const std::lock_guard lock(mutex_);
        failures_.push_back(wrong + ", then " + still);
        continue;
      }
    }
    ++answered_;
  }
}

std::vector<std::string> Readers::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace signalbox::fault
