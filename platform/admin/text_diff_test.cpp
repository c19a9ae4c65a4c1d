#include "admin/text_diff.hpp"

#include <random>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>

namespace signalbox::admin {
namespace {

std::string Diff(const std::string& from, const std::string& to) { return UnifiedDiff("a", from, "b", to); }

// Applies a unified diff to `from`.
std::string Patch(const std::string& from, const std::string& diff) {
  std::vector<std::string> lines;
  std::istringstream text(from);
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  std::string patched;
  size_t at = 0;
  std::istringstream hunks(diff);
  for (std::string line; std::getline(hunks, line);) {
    if (line.rfind("---", 0) == 0 || line.rfind("+++", 0) == 0) continue;
    if (line[0] == '@') {
      size_t begin = std::stoul(line.substr(4));
      const bool none = line.substr(4, line.find(' ', 4) - 4).find(",0") != std::string::npos;
      for (begin = none ? begin : begin - 1; at < begin;) patched += lines[at++] + "\n";
    } else if (line[0] == '+') {
      patched += line.substr(1) + "\n";
    } else {
      EXPECT_EQ(line.substr(1), lines[at]);
      if (line[0] == ' ') patched += lines[at] + "\n";
      ++at;
    }
  }
  while (at < lines.size()) patched += lines[at++] + "\n";
  return patched;
}

TEST(UnifiedDiffTest, EqualTexts_GiveNothing) { EXPECT_EQ(Diff("x\n", "x\n"), ""); }

TEST(UnifiedDiffTest, OneLineChanged_IsOneHunkWithContext) {
  EXPECT_EQ(Diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiffTest, EmptyAndMissingLastBreak_AreTold) {
  EXPECT_EQ(Diff("", "x\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+x\n");
  EXPECT_EQ(Diff("x", "x\n"), "--- a\n+++ b\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+x\n");
}

TEST(UnifiedDiffTest, RandomTexts_PatchIntoEachOther) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string from, to;
    for (auto* text : {&from, &to}) {
      const int lines = static_cast<int>(random() % 30);
      for (int i = 0; i < lines; ++i) *text += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    }
    ASSERT_EQ(Patch(from, Diff(from, to)), to) << from << "---\n" << to;
  }
}

TEST(UnifiedDiffTest, EverythingDiffers_IsReplacedAsAWhole) {
  std::string from, to;
  for (int i = 0; i < 5000; ++i) {
    from += "f" + std::to_string(i) + "\n";
    to += "t" + std::to_string(i) + "\n";
  }

  EXPECT_EQ(Patch(from, Diff(from, to)), to);
}

}  // namespace
}  // namespace signalbox::admin
