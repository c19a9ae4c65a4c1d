// What `signalbox scripts` does, each against a server; prints to standard output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/operate/admin_client.hpp"

namespace signalbox::app {

struct PushOptions {
  std::string file, comment;
  std::optional<uint64_t> base;  // absent = as last pulled or pushed
  bool publish = false;
};

struct PublishOptions {
  std::string name, comment, at, until;  // times as RFC 3339; empty = now, for good
  std::optional<uint64_t> number;        // absent = the newest revision
};

// Errors of all: those of the server. What a script is refused for reads "file:line: reason".
Result<void> CheckScript(AdminClient& client, const std::string& file);
// Errors: kConflict for a stale base, after the difference was printed.
Result<void> PushScript(AdminClient& client, const PushOptions& options);
// names: empty = every scenario in force. Files that were changed here since the last pull are kept,
// unless `force`. Errors: kConflict where one was kept.
Result<void> PullScripts(AdminClient& client, const std::vector<std::string>& names, const std::string& dir,
                         bool force);
// From what is in force to the file. Returns whether they differ.
Result<bool> DiffScript(AdminClient& client, const std::string& file);
Result<void> LogScript(AdminClient& client, const std::string& name, size_t limit);
// to: absent = what was in force before and did not fail.
Result<void> RollbackScript(AdminClient& client, const std::string& name, std::optional<uint64_t> to,
                            const std::string& comment);
Result<void> PublishScript(AdminClient& client, const PublishOptions& options);

// A scenario file's text. Errors: kNotFound.
Result<std::string> ReadScriptFile(const std::string& file);
// "home" of "scripts-lua/scenarios/home.lua", and of "home".
std::string ScriptName(const std::string& file);

}  // namespace signalbox::app
