// What a benchmark found: printed as it comes, and kept as JSON under build/bench/.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace signalbox::bench {

// {"figures": [{"name", "value", "unit", "goal"?, "at_least"?, "reached"?}]}
class Report {
 public:
  explicit Report(std::string name) : name_(std::move(name)) {}

  void Add(const std::string& what, double value, const std::string& unit);
  void AddAtLeast(const std::string& what, double value, double goal, const std::string& unit);
  void AddAtMost(const std::string& what, double value, double goal, const std::string& unit);
  // To build/bench/<name>.json.
  void Write() const;

 private:
  void Keep(const std::string& what, double value, const std::string& unit, const double* goal,
            bool at_least);

  std::string name_;
  nlohmann::json figures_ = nlohmann::json::array();
};

// An environment variable's number, or `fallback`.
double Setting(const char* name, double fallback);

// build/bench/data/<name>, empty. Benchmarks keep their data on the disk of the checkout, whose
// fsync they measure.
std::string FreshFolder(const std::string& name);

// Prints the message and ends the program with 1; what it started ends with it.
[[noreturn]] void GiveUp(const std::string& message);

// The value, or GiveUp with its error.
template <typename Wrapped>
auto Need(Wrapped result, const std::string& what) {
  if (!result) GiveUp(what + ": " + result.error().message());
  if constexpr (!std::is_void_v<typename Wrapped::value_type>) return std::move(*result);
}

// The first sample in Prometheus' text whose line starts so; NaN = none.
double Sample(const std::string& exposition, const std::string& start);

// Seconds that this thread computed; on a busy machine waiting does not count.
double ThreadSeconds();

}  // namespace signalbox::bench
