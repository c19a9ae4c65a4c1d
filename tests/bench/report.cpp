// Printing and keeping figures.
#include "report.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace signalbox::bench {
namespace {

const std::string kOut = SIGNALBOX_SOURCE_DIR "/build/bench";

}  // namespace

void Report::Keep(const std::string& what, double value, const std::string& unit, const double* goal,
                  bool at_least) {
  nlohmann::json figure = {{"name", what}, {"value", value}, {"unit", unit}};
  std::printf("%-62s %14.*f %-10s", what.c_str(), std::fabs(value) < 100 ? 3 : 0, value, unit.c_str());
  if (goal != nullptr) {
    const bool reached = at_least ? value >= *goal : value <= *goal;
    figure.update({{"goal", *goal}, {"at_least", at_least}, {"reached", reached}});
    std::printf(" goal %s %g: %s", at_least ? ">=" : "<=", *goal, reached ? "reached" : "MISSED");
  }
  std::printf("\n");
  std::fflush(stdout);
  figures_.push_back(std::move(figure));
}

void Report::Add(const std::string& what, double value, const std::string& unit) {
  Keep(what, value, unit, nullptr, true);
}
void Report::AddAtLeast(const std::string& what, double value, double goal, const std::string& unit) {
  Keep(what, value, unit, &goal, true);
}
void Report::AddAtMost(const std::string& what, double value, double goal, const std::string& unit) {
  Keep(what, value, unit, &goal, false);
}

void Report::Write() const {
  std::filesystem::create_directories(kOut);
  std::ofstream(kOut + "/" + name_ + ".json") << nlohmann::json{{"figures", figures_}}.dump(1) << "\n";
}

double Setting(const char* name, double fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : std::strtod(value, nullptr);
}

std::string FreshFolder(const std::string& name) {
  const std::string folder = kOut + "/data/" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

void GiveUp(const std::string& message) {
  std::fprintf(stderr, "bench: %s\n", message.c_str());
  std::exit(1);
}

double Sample(const std::string& exposition, const std::string& start) {
  std::istringstream lines(exposition);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(start, 0) == 0) return std::stod(line.substr(line.rfind(' ') + 1));
  }
  return NAN;
}

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

}  // namespace signalbox::bench
