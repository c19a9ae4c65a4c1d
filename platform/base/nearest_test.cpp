// Hints name the word that was meant, and nothing when nothing is near.
#include "base/nearest.hpp"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

TEST(NearestTest, Nearest_OneLetterMissing_FindsIt) {
  EXPECT_EQ(Nearest("ingst_port", {"admin_port", "ingest_port", "host"}), "ingest_port");
}

TEST(NearestTest, Nearest_NothingAlike_IsEmpty) { EXPECT_EQ(Nearest("xyz", {"ingest_port", "host"}), ""); }

TEST(NearestTest, Nearest_EmptyWord_IsEmpty) { EXPECT_EQ(Nearest("", {"host"}), ""); }

}  // namespace
}  // namespace signalbox
