// Comparing promises with answers.
#include "ledger.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

namespace signalbox::fault {
namespace {

constexpr int kAppliedMs = 30'000;

std::string Join(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
  return text;
}

// The items that the first has and the second has not, or fewer times.
std::string Beyond(const std::multiset<std::string>& first, const std::multiset<std::string>& second) {
  std::vector<std::string> items;
  std::set_difference(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(items));
  return Join(items);
}

// Nothing that was accepted may still be on its way into the state.
bool WaitUntilApplied(harness::ServerProcess& server) {
  for (int waited_ms = 0; waited_ms < kAppliedMs; waited_ms += 10) {
    const auto status = server.Send(server.admin_port(), "GET", "/admin/v1/status");
    const auto& partitions = status.body["partitions"];
    if (status.status == 200 && std::all_of(partitions.begin(), partitions.end(),
                                            [](const auto& partition) { return partition["behind"] == 0; })) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

void Ledger::Accept(const std::string& visitor, const std::string& item) {
  const std::lock_guard lock(mutex_);
  visitors_[visitor].insert(item);
}

void Ledger::Merge(const std::string& from, const std::string& into) {
  const std::lock_guard lock(mutex_);
  visitors_[into].merge(visitors_[from]);
  visitors_.erase(from);
}

void Ledger::Forget(const std::string& user) {
  const std::lock_guard lock(mutex_);
  visitors_.erase(user);
  forgotten_.insert(user);
}

void Ledger::SetItem(const std::string& item, bool present) {
  const std::lock_guard lock(mutex_);
  items_[item] = present;
}

std::vector<std::string> Ledger::Differences(harness::ServerProcess& server) const {
  if (!WaitUntilApplied(server)) return {"the node does not come to the end of its log"};
  return Differences(server, server);
}

std::vector<std::string> Ledger::Differences(harness::ServerProcess& reads,
                                             harness::ServerProcess& catalogue) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> differences;
  const auto check_user = [&](const std::string& user, const std::multiset<std::string>& promised) {
    const auto answer = reads.Get("/users/" + user + "/history");
    if (answer.status != 200) {
      differences.push_back(user + ": no history: " + answer.text);
      return;
    }
    std::multiset<std::string> found;
    for (const auto& event : answer.body["history"]) found.insert(event["item_id"].get<std::string>());
    if (const auto lost = Beyond(promised, found); !lost.empty())
      differences.push_back(user + " lost " + lost);
    if (const auto more = Beyond(found, promised); !more.empty())
      differences.push_back(user + " has besides " + more);
  };
  for (const auto& [user, items] : visitors_) check_user(user, items);
  for (const auto& user : forgotten_) check_user(user, {});
  for (const auto& [item, present] : items_) {
    const int status = catalogue.Send(catalogue.ingest_port(), "GET", "/items/" + item).status;
    if (status != (present ? 200 : 404)) {
      differences.push_back(item + (present ? " is gone: " : " is still there: ") + std::to_string(status));
    }
  }
  return differences;
}

size_t Ledger::events() const {
  const std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& [user, items] : visitors_) count += items.size();
  return count;
}

size_t Ledger::visitors() const {
  const std::lock_guard lock(mutex_);
  return visitors_.size();
}

size_t Ledger::forgotten() const {
  const std::lock_guard lock(mutex_);
  return forgotten_.size();
}

size_t Ledger::items() const {
  const std::lock_guard lock(mutex_);
  return items_.size();
}

}  // namespace signalbox::fault
