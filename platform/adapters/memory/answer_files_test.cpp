// Answers in files: found again, over restarts, within their bound.
#include "adapters/memory/answer_files.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/hash.hpp"

namespace signalbox::memory {
namespace {

class AnswerFilesTest : public ::testing::Test {
 protected:
  AnswerFilesTest() : folder_(std::filesystem::temp_directory_path() / ("answers-" + RandomId())) {}
  ~AnswerFilesTest() override { std::filesystem::remove_all(folder_); }
  std::unique_ptr<AnswerFiles> Open(uint64_t max_bytes = 1 << 20) {
    auto files = AnswerFiles::Open(folder_.string(), max_bytes);
    if (!files) throw std::runtime_error(files.error().message());
    return std::move(*files);
  }
  static ports::ServedAnswer Answer(const std::string& id, size_t bytes = 100) {
    return {id, "default", "home", "home@3", 1'700'000'000'000, "{\"a\":1}", std::string(bytes, 'x')};
  }

  std::filesystem::path folder_;
};

TEST_F(AnswerFilesTest, Find_AfterRestart_IsTheSame) {
  {
    auto files = Open();
    files->Put(Answer("one"));
    files->Put(Answer("two"));
    EXPECT_TRUE(files->Find("two").has_value());
  }
  auto files = Open();

  const auto found = files->Find("one");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->revision, "home@3");
  EXPECT_EQ(found->at_ms, 1'700'000'000'000);
  EXPECT_EQ(found->inputs, std::string(100, 'x'));
  EXPECT_FALSE(files->Find("three").has_value());
}

TEST_F(AnswerFilesTest, Put_MoreThanTheBound_KeepsTheNewestHalfAtLeast) {
  auto files = Open(100'000);
  for (int i = 0; i < 300; ++i) {
    files->Put(Answer(std::to_string(i), 1'000));
    files->Flush();
  }

  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) bytes += entry.file_size();
  EXPECT_LE(bytes, 100'000u);
  EXPECT_FALSE(files->Find("0").has_value());
  for (int i = 260; i < 300; ++i) EXPECT_TRUE(files->Find(std::to_string(i)).has_value()) << i;
}

TEST_F(AnswerFilesTest, Open_RecordCutOff_KeepsThoseBeforeItAndGoesOn) {
  {
    auto files = Open();
    files->Put(Answer("one"));
    files->Put(Answer("two"));
    files->Flush();
  }
  const auto path = folder_ / "answers-0.bin";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 5);
  {
    auto files = Open();
    EXPECT_TRUE(files->Find("one").has_value());
    EXPECT_FALSE(files->Find("two").has_value());
    files->Put(Answer("three"));
    files->Flush();
  }

  EXPECT_TRUE(Open()->Find("three").has_value());
}

}  // namespace
}  // namespace signalbox::memory
