// Secrets compare by their bytes alone.
#include "base/hash.hpp"

#include <gtest/gtest.h>

namespace signalbox {
namespace {

TEST(HashTest, EqualSecrets_OnlyTheSameBytes_AreEqual) {
  EXPECT_TRUE(EqualSecrets("0123456789abcdef", "0123456789abcdef"));
  EXPECT_FALSE(EqualSecrets("0123456789abcdef", "0123456789abcdeF"));
  EXPECT_FALSE(EqualSecrets("0123456789abcdef", "0123456789abcde"));
  EXPECT_FALSE(EqualSecrets("0123456789abcdef", ""));
}

}  // namespace
}  // namespace signalbox
