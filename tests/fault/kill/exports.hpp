// The canonical export of a data directory that no process uses, two ways.
#pragma once

#include <string>

#include "base/result.hpp"

namespace signalbox::fault {

struct Exports {
  std::string kept;      // checkpoints, and the log after them
  std::string replayed;  // the log alone
};

// Made from copies: the directory stays as the killed process left it.
// Errors: kUnavailable with what the program printed.
Result<Exports> ExportBothWays(const std::string& data_dir);

// Of the log and the catalogue alone, checkpoints left aside.
Result<std::string> ExportReplayed(const std::string& data_dir);

// How many lines only one of them has, and the first few of each; empty = equal byte for byte.
std::string Differences(const std::string& kept, const std::string& replayed);

// Takes the last commit group out of the log's newest segment, as if it had never been fsynced.
Result<void> DropLastGroup(const std::string& data_dir);

}  // namespace signalbox::fault
