// A data set's events in memory, small: 32 bytes each and one text per visitor and item.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.hpp"
#include "model/event.hpp"
#include "model/item.hpp"
#include "train/dataset.hpp"

namespace signalbox::train {

// Texts numbered from 0 in the order of first use.
class Names {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  uint32_t Intern(std::string_view name);
  uint32_t Find(std::string_view name) const;  // kNone = unknown
  const std::string& operator[](uint32_t id) const { return *names_[id]; }
  size_t size() const { return names_.size(); }

 private:
  std::unordered_map<std::string, uint32_t> ids_;
  std::vector<const std::string*> names_;  // keys of ids_, whose nodes stay where they are
};

struct Interaction {
  int64_t time_ms = 0;
  uint32_t line = 0;      // of the file, and with position the tie-breaker of equal times
  uint32_t visitor = 0;   // in Interactions::visitors
  uint32_t item = 0;      // in Interactions::items
  float value = 0;        // NaN = absent
  uint16_t position = 0;  // in the line
  uint8_t type = 0;       // in Interactions::types
  bool session = false;   // the visitor is a session, not a user
};

// A refused line, as reports show it.
struct RefusedLine {
  std::string file;
  uint64_t line = 0;
  std::string reason;
};

struct Interactions {
  Names visitors;
  Names items;  // of rows and catalogue
  Names types;
  std::vector<Interaction> rows;  // by (time, line, position) once loaded
  std::vector<model::Item> catalogue;
  uint64_t refused = 0;
  std::vector<RefusedLine> first_refused;  // at most 20

  // Row `row` as the log takes it.
  model::LogRecord ToRecord(const Interaction& row) const;
};

// Reads all files of `path` and sorts the rows. end_ms: where files without times end.
// progress: called with the number of rows now and then; may be empty.
// Errors: kNotFound for files, kInvalidArgument if no line gave an event.
Result<Interactions> LoadInteractions(Format format, const std::filesystem::path& path, int64_t end_ms,
                                      const std::function<void(size_t)>& progress = {});

}  // namespace signalbox::train
