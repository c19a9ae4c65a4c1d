// Dead letters outlive the process and a replay adds none twice.
#include "adapters/sqlite/sqlite_dead_letters.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

namespace signalbox::sqlite {
namespace {

TEST(SqliteDeadLettersTest, Add_SamePositionTwiceAndReopen_KeepsOne) {
  std::string pattern = (std::filesystem::temp_directory_path() / "signalbox-letters-XXXXXX").string();
  const std::string dir = mkdtemp(pattern.data());
  const ports::DeadLetter letter{{2, 77},    1000, "default", "", "event type \"stare\" is not registered",
                                 "\x01\x00x"};
  {
    auto letters = SqliteDeadLetters::Open(dir + "/dead.db");
    ASSERT_TRUE(letters) << letters.error().message();
    ASSERT_TRUE((*letters)->Add(letter));
    ASSERT_TRUE((*letters)->Add(letter));
  }

  const auto kept = (*SqliteDeadLetters::Open(dir + "/dead.db"))->List(10);

  ASSERT_TRUE(kept);
  ASSERT_EQ(kept->size(), 1u);
  EXPECT_EQ(kept->front().position, (model::LogPosition{2, 77}));
  EXPECT_EQ(kept->front().reason, letter.reason);
  EXPECT_EQ(kept->front().payload, letter.payload);
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace signalbox::sqlite
