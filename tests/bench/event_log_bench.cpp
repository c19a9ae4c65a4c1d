// How fast the event log and the catalogue are, the log as ratios to a bare fsynced write() of the
// same bytes in the same run.
//
//   event_log_bench [directory = build/bench/event_log.data]
//
// Writes build/bench/event_log.json.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/sqlite/sqlite_catalogue_store.hpp"
#include "adapters/sqlite/sqlite_event_log.hpp"
#include "ports/fakes/memory_event_log.hpp"

namespace {

using namespace signalbox;
using ports::fakes::AppendAndWait;
using Seconds = std::chrono::duration<double>;

constexpr size_t kRecordBytes = 200;  // an encoded event
constexpr double kRunSeconds = 2;

// Calls `step` on each of `threads` threads until time is up; steps per second of all together.
double PerSecond(int threads, const std::function<void()>& step) {
  std::vector<uint64_t> counts(static_cast<size_t>(threads));
  std::vector<std::thread> running;
  const auto start = std::chrono::steady_clock::now();
  for (auto& count : counts) {
    running.emplace_back([&] {
      while (Seconds(std::chrono::steady_clock::now() - start).count() < kRunSeconds) {
        step();
        ++count;
      }
    });
  }
  for (auto& thread : running) thread.join();
  uint64_t total = 0;
  for (const uint64_t count : counts) total += count;
  return static_cast<double>(total) / Seconds(std::chrono::steady_clock::now() - start).count();
}

double BareWrites(const std::string& directory, size_t bytes) {
  const std::string path = directory + "/bare", data(bytes, 'x');
  const int file = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600);
  const double rate = PerSecond(1, [&] {
    if (::write(file, data.data(), data.size()) < 0 || ::fdatasync(file) != 0) std::abort();
  });
  ::close(file);
  ::unlink(path.c_str());
  return rate;
}

std::vector<ports::AppendRequest> MakeBatch(size_t records) {
  return std::vector<ports::AppendRequest>(records, {"visitor", std::string(kRecordBytes, 'x')});
}

// Lines of the report, kept for the JSON.
class Report {
 public:
  void Add(const std::string& what, double rate) {
    std::printf("%-34s %12.0f/s\n", what.c_str(), rate);
    lines_.push_back("\"" + what + "\": " + std::to_string(rate));
  }
  void AddAgainst(const std::string& what, double rate, double bare) {
    Add(what, rate);
    std::printf("%34s %12.2f of %.0f bare writes/s\n", "", rate / bare, bare);
    lines_.push_back("\"" + what + ", ratio to bare\": " + std::to_string(rate / bare));
  }
  void Write(const std::string& path) const {
    std::ofstream out(path);
    for (size_t i = 0; i < lines_.size(); ++i) out << (i == 0 ? "{" : ",\n ") << lines_[i];
    out << "}\n";
  }

 private:
  std::vector<std::string> lines_;
};

void Appends(ports::EventLog& log, const std::string& directory, Report* report) {
  const auto append = [&log](size_t records) {
    return [&log, records] {
      if (!AppendAndWait(log, MakeBatch(records))) std::abort();
    };
  };
  const double bare_one = BareWrites(directory, kRecordBytes);
  report->AddAgainst("single appends, 1 caller", PerSecond(1, append(1)), bare_one);
  report->AddAgainst("single appends, 64 callers", PerSecond(64, append(1)), bare_one);
  const double bare_hundred = BareWrites(directory, kRecordBytes * 100);
  report->AddAgainst("batches of 100, 1 caller", PerSecond(1, append(100)), bare_hundred);
  report->AddAgainst("batches of 100, 16 callers", PerSecond(16, append(100)), bare_hundred);
}

void Reads(ports::EventLog& log, Report* report) {
  const uint64_t end = log.Range(0)->end;
  auto reader = log.OpenReader(0, 0);
  std::vector<ports::LogEntry> entries;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t count = 0; count < end;) {
    entries.clear();
    const auto read = (*reader)->Read(1000, 0, &entries);
    if (!read) std::abort();
    count += *read;
  }
  const double seconds = Seconds(std::chrono::steady_clock::now() - start).count();
  report->Add("records read, 1000 at a time", static_cast<double>(end) / seconds);
}

void Catalogue(const std::string& path, Report* report) {
  constexpr size_t kItems = 20'000, kBatch = 1000;
  auto store = sqlite::SqliteCatalogueStore::Open(path);
  if (!store) std::abort();
  std::vector<model::Item> items(kBatch);
  const auto start = std::chrono::steady_clock::now();
  for (size_t i = 0; i < kItems; i += kBatch) {
    for (size_t k = 0; k < kBatch; ++k) {
      model::Item& item = items[k];
      item.id = "item-" + std::to_string(i + k);
      item.attributes = {{"title", "A product with a name of usual length " + std::to_string(k)},
                         {"category", std::string("shoes")},
                         {"brand", std::string("brand")},
                         {"price", 19.99},
                         {"stock", 7.0},
                         {"tags", std::vector<std::string>{"red", "cotton"}},
                         {"created_at", model::TimeMs{1'700'000'000'000}}};
      item.vectors["image"].assign(32, 0.5f);
    }
    if (!(*store)->Put("default", items)) std::abort();
  }
  report->Add("items put, 1000 at a time",
              kItems / Seconds(std::chrono::steady_clock::now() - start).count());
  const auto follow = std::chrono::steady_clock::now();
  if ((*store)->Changes("default", 0, kItems)->size() != kItems) std::abort();
  report->Add("catalogue changes read", kItems / Seconds(std::chrono::steady_clock::now() - follow).count());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string results = SIGNALBOX_SOURCE_DIR "/build/bench";
  const std::string directory = argc > 1 ? argv[1] : results + "/event_log.data";
  std::filesystem::create_directories(results);
  std::filesystem::create_directories(directory);
  sqlite::EventLogOptions options;
  options.directory = directory + "/log";
  auto log = sqlite::SqliteEventLog::Open(options);
  if (!log) {
    std::fprintf(stderr, "%s\n", log.error().message().c_str());
    return 1;
  }
  Report report;
  Appends(**log, directory, &report);
  Reads(**log, &report);
  Catalogue(directory + "/control.db", &report);
  log->reset();
  std::filesystem::remove_all(directory);
  report.Write(results + "/event_log.json");
  return 0;
}
