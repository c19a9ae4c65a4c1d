// Scenario files on disk and the control store: they seed it, and with --dev they are published as they
// change.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ports/control_store.hpp"
#include "ports/scenario_runtime.hpp"

namespace signalbox::app {

// Threads: one, but for problems(). Lifetime: shorter than what it is given.
class ScriptFolder {
 public:
  // dir: of "*.lua"; the scenario's name is the file's.
  ScriptFolder(std::string dir, std::vector<std::string> tenants, ports::ControlStore& store,
               ports::ScenarioRuntime& runtime);

  // Each file whose scenario has no revision at all becomes its revision 1, in force, for every tenant.
  // Files that do not compile are left out and reported. What they extend is seeded before them. Files that
  // are not what is in force, as after an upgrade, are named in the log, since they change nothing.
  // Errors: kNotFound where the folder cannot be read; those of the store.
  Result<void> Seed();

  // Publishes files that changed since the last call (at first: that differ from what is in force) by
  // author "dev"; the operators' values and rules stay. Returns whether anything was published.
  bool PublishChanges();

  // file -> "home.lua:3: reason", of those that did not compile when last looked at.
  std::map<std::string, std::string> problems() const;

 private:
  struct File {
    std::string path, name;
    int64_t changed_ns = 0;
    uint64_t bytes = 0;
  };
  Result<std::vector<File>> List() const;
  Result<bool> SeedOne(const std::string& tenant, const File& file);
  void TellOfOtherFiles(const std::vector<File>& files) const;
  Result<bool> Publish(const std::string& tenant, const File& file, const std::string& source);
  // reason: empty = none any more.
  void NoteProblem(const File& file, const std::string& reason);

  const std::string dir_;
  const std::vector<std::string> tenants_;
  ports::ControlStore& store_;
  ports::ScenarioRuntime& runtime_;
  std::map<std::string, File> seen_;  // by path
  mutable std::mutex mutex_;
  std::map<std::string, std::string> problems_;  // guarded by mutex_
};

}  // namespace signalbox::app
