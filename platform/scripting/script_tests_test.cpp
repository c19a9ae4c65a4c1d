#include "scripting/script_tests.hpp"

#include <gmock/gmock.h>

namespace signalbox::scripting {
namespace {

using ::testing::HasSubstr;

TEST(ScriptTestsTest, Read_TwoTests_AreInOrderWithTheirLines) {
  const auto tests =
      ReadScriptTests("a_test.lua", "test('one', { count = 2 })\n\ntest('two', { x = { 'a' } })");

  ASSERT_TRUE(tests) << tests.error().message();
  ASSERT_EQ(tests->size(), 2u);
  EXPECT_EQ(tests->at(0).name, "one");
  EXPECT_EQ(tests->at(0).body.values.at(0).number, 2);
  EXPECT_EQ(tests->at(1).line, 3);
  EXPECT_EQ(tests->at(1).body.values.at(0).values.at(0).text, "a");
}

TEST(ScriptTestsTest, Read_Faults_NameFileAndLine) {
  EXPECT_THAT(ReadScriptTests("a_test.lua", "\ntest(").error().message(), HasSubstr("a_test.lua:2:"));
  EXPECT_THAT(ReadScriptTests("a_test.lua", "\nerror('no')").error().message(),
              HasSubstr("a_test.lua:2: no"));
  EXPECT_THAT(ReadScriptTests("a_test.lua", "test('x', 3)").error().message(), HasSubstr("a_test.lua:1:"));
  EXPECT_THAT(ReadScriptTests("a_test.lua", "").error().message(), HasSubstr("there is no test"));
  EXPECT_THAT(ReadScriptTests("a_test.lua", "os.exit()").error().message(), HasSubstr("a_test.lua:1:"));
}

}  // namespace
}  // namespace signalbox::scripting
