// A plugin's shared library, loaded from a copy named by its content.
#pragma once

#include <memory>
#include <string>

#include "base/result.hpp"
#include "signalbox/plugin_abi.h"

namespace signalbox::signals {

// Loaded with RTLD_NOW | RTLD_LOCAL and never unloaded once its table was accepted: code and data
// of a plugin that ran may still be in use somewhere.
class PluginLibrary {
 public:
  // Copies <plugin_dir>/<plugin>.so to <copy_dir>/<plugin>-<hash>.so, loads it and checks its table.
  // Errors: kNotFound, kInvalidArgument, naming the file, what is wrong with it, and the fix.
  static Result<PluginLibrary> Load(const std::string& plugin_dir, const std::string& copy_dir,
                                    const std::string& plugin);

  const sb_plugin& table() const { return *table_; }
  const std::string& file() const { return file_; }  // the original's path

 private:
  PluginLibrary(const sb_plugin* table, std::string file) : table_(table), file_(std::move(file)) {}

  const sb_plugin* table_;
  std::string file_;
};

// "" = the table keeps the rules of plugin_abi.h, else what is wrong with it and the fix.
std::string CheckTable(const sb_plugin* table);

// [a-z0-9_]{1,64}, what plugins, tables and metrics are named by.
bool IsPlainName(std::string_view name);

}  // namespace signalbox::signals
