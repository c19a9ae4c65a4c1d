// Every plugin of the build keeps the rules: on the fake host, and loaded by the platform's own.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/clock.hpp"
#include "ports/fakes/listed_items.hpp"
#include "ports/fakes/recording_metrics.hpp"
#include "signalbox/testing/conformance.hpp"
#include "signals/signal_set.hpp"
#include "signals/tables/table_bytes.hpp"

namespace signalbox::signals {
namespace {

using ::testing::IsEmpty;

const std::string kPlugins = SIGNALBOX_BINARY_DIR "/bin/plugins";

std::vector<std::string> PluginNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kPlugins)) {
    if (entry.path().extension() == ".so") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(EveryPluginTest, OnTheFakeHost_KeepsTheRules) {
  ASSERT_THAT(PluginNames(), ::testing::Contains("template"));
  for (const std::string& name : PluginNames()) {
    SCOPED_TRACE(name);
    // Not closed: a plugin that ran stays mapped.
    void* library = dlopen((kPlugins + "/" + name + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    const auto entry = reinterpret_cast<sb_entry>(dlsym(library, SB_ENTRY_SYMBOL));
    ASSERT_NE(entry, nullptr);

    EXPECT_THAT(testing::CheckConformance(entry()), IsEmpty());
  }
}

// One plugin in a host of its own.
class Hosted {
 public:
  Hosted(const std::string& plugin, uint32_t items) : items_(items) {
    SignalSetOptions options;
    options.plugin_dir = kPlugins;
    options.copy_dir = copies();
    auto set = SignalSet::Create({{"it", plugin, "{}"}}, options, items_, clock_, epochs_, metrics_);
    EXPECT_TRUE(set) << set.error().message();
    if (set) set_ = *std::move(set);
  }
  static std::filesystem::path copies() {
    return std::filesystem::temp_directory_path() / ("signalbox-every-plugin-" + std::to_string(getpid()));
  }
  Signal& signal() { return set_->at(0); }
  void Update(const testing::EventFeed& feed, size_t batch) {
    for (size_t begin = 0; begin < feed.size(); begin += batch) {
      const auto part = feed.Batch(begin, std::min(feed.size(), begin + batch));
      const auto updated = signal().Update(part.raw());
      EXPECT_TRUE(updated) << updated.error().message();
    }
  }
  std::vector<std::string> Export() {
    auto lines = signal().Export();
    EXPECT_TRUE(lines) << lines.error().message();
    return lines ? *lines : std::vector<std::string>{"failed"};
  }

 private:
  ports::fakes::ListedItems items_;
  ManualClock clock_{1'700'000'000'000};
  EpochDomain epochs_;
  ports::fakes::RecordingMetrics metrics_;
  std::unique_ptr<SignalSet> set_;
};

TEST(EveryPluginTest, OnThePlatform_BatchCutsAndSnapshots_GiveTheSameState) {
  constexpr uint32_t kItems = 80;
  testing::EventFeed feed;
  for (int i = 0; i < 3000; ++i) {
    // Quadratic residues: visitors and items repeat unevenly.
    feed.Add("visitor " + std::to_string(i * i % 61), static_cast<Item>(i * i * 7 % 79),
             1'700'000'000'000 + i * 45'000, {.type = static_cast<uint16_t>(i % 4), .weight = 1.0f + i % 4});
  }
  for (const std::string& name : PluginNames()) {
    SCOPED_TRACE(name);
    Hosted whole(name, kItems), cut(name, kItems), restored(name, kItems);
    whole.Update(feed, feed.size());
    cut.Update(feed, 13);
    auto frozen = whole.signal().Freeze();
    ASSERT_TRUE(frozen) << frozen.error().message();
    StringSink sink;
    ASSERT_TRUE((*frozen)->Write(sink));
    StringSource source(sink.bytes);
    const auto read = restored.signal().Restore(source);
    ASSERT_TRUE(read) << read.error().message();

    const auto expected = whole.Export();
    EXPECT_EQ(testing::FirstDifference(expected, cut.Export()), "");
    EXPECT_EQ(testing::FirstDifference(expected, restored.Export()), "");
    EXPECT_EQ(whole.signal().health(), Health::kOk) << whole.signal().health_reason();
    // A snapshot that was cut is refused, never half taken for whole.
    Hosted other(name, kItems);
    StringSource short_source(std::string_view(sink.bytes).substr(0, sink.bytes.size() - 1));
    EXPECT_FALSE(other.signal().Restore(short_source));
  }
  std::filesystem::remove_all(Hosted::copies());
}

}  // namespace
}  // namespace signalbox::signals
