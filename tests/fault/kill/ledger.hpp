// What a node has promised: the events it answered 202, the users it erased, the catalogue it took.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "harness/server_process.hpp"

namespace signalbox::fault {

// A visitor has at most 50 events, which is what a node keeps of one, and each item at most once: so
// a lost event and one that counts twice both show in the visitor's history.
//
// Threads: any; Differences asks the server, so from that one's thread.
class Ledger {
 public:
  // An event of the visitor on the item was answered 202.
  void Accept(const std::string& visitor, const std::string& item);
  // A merge was answered 202: what `from` did is now `into`'s. `from` is not asked about any more.
  void Merge(const std::string& from, const std::string& into);
  // A deletion was answered 202.
  void Forget(const std::string& user);
  // A write of the catalogue was answered 202; by one thread per item.
  void SetItem(const std::string& item, bool present);

  // A sentence for each visitor and item of whom the node thinks otherwise; empty = promises kept.
  std::vector<std::string> Differences(harness::ServerProcess& server) const;
  // The same where one node serves and another one has the catalogue.
  // Requires: `reads` has applied all of the log.
  std::vector<std::string> Differences(harness::ServerProcess& reads,
                                       harness::ServerProcess& catalogue) const;

  size_t events() const;
  size_t visitors() const;
  size_t forgotten() const;
  size_t items() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::multiset<std::string>> visitors_;  // guarded by mutex_
  std::set<std::string> forgotten_;                             // guarded by mutex_
  std::map<std::string, bool> items_;                           // guarded by mutex_
};

}  // namespace signalbox::fault
