// Every format's lines, good and hostile.
#include "train/dataset.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "train/testing/temporary_folder.hpp"

namespace signalbox::train {
namespace {

constexpr int64_t kEndMs = 1800000000000;

std::vector<ParsedLine> Read(Format format, const TemporaryFolder& folder, const std::string& name,
                             std::string_view text, bool items = false) {
  std::vector<ParsedLine> lines;
  const auto read = ReadLines(format, {folder.Write(name, text), items}, kEndMs, [&](ParsedLine line) {
    lines.push_back(std::move(line));
    return true;
  });
  EXPECT_TRUE(read);
  return lines;
}

TEST(Dataset, ParseFormat_Unknown_NamesTheKnown) {
  EXPECT_EQ(ParseFormat("yoochoose"), Format::kYoochoose);
  const auto unknown = ParseFormat("csv");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().field(), "format");
  EXPECT_NE(unknown.error().message().find("movielens-1m"), std::string::npos);
}

TEST(Dataset, FilesOf_Folder_CataloguesFirst) {
  const TemporaryFolder folder;
  folder.Write("ratings.dat", "");
  folder.Write("movies.dat", "");
  folder.Write("README", "");

  const auto files = FilesOf(Format::kMovieLens1m, folder.path());

  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].path.filename(), "movies.dat");
  EXPECT_TRUE((*files)[0].items);
  EXPECT_FALSE((*files)[1].items);
}

TEST(Dataset, FilesOf_NothingThere_IsNotFound) {
  const TemporaryFolder folder;
  EXPECT_EQ(FilesOf(Format::kJsonl, folder.path()).error().code(), Code::kNotFound);
  EXPECT_EQ(FilesOf(Format::kJsonl, folder.path() / "missing").error().code(), Code::kNotFound);
}

TEST(Dataset, MovieLens1m_Rating_IsAnEventWithValue) {
  const TemporaryFolder folder;
  const auto lines = Read(Format::kMovieLens1m, folder, "ratings.dat", "1::3186::4::978300019\r\n");

  ASSERT_EQ(lines.size(), 1u);
  ASSERT_EQ(lines[0].events.size(), 1u);
  const model::LogRecord& record = lines[0].events[0];
  EXPECT_EQ(record.user, "1");
  EXPECT_EQ(record.item, "3186");
  EXPECT_EQ(record.type, "rating");
  EXPECT_EQ(record.value, 4);
  EXPECT_EQ(record.event_time_ms, 978300019000);
}

TEST(Dataset, MovieLens1m_BadLines_SayWhy) {
  const TemporaryFolder folder;
  const auto lines = Read(Format::kMovieLens1m, folder, "ratings.dat",
                          "1::3186::4\n1::\x01::4::978300019\n1::2::x::978300019\n\n1::2::3::7\n");

  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0].fault, "expected four columns: user, item, rating, time");
  EXPECT_EQ(lines[1].fault, "item has a control character");
  EXPECT_EQ(lines[2].fault, "rating is not a number");
  EXPECT_EQ(lines[3].fault, "time is not in Unix seconds");
  EXPECT_EQ(lines[3].number, 5u);
}

TEST(Dataset, MovieLens_Items_HaveTitleYearAndGenres) {
  const TemporaryFolder folder;
  const auto new_lines = Read(Format::kMovieLens1m, folder, "movies.dat",
                              "73::Mis\xE9rables, Les (1995)::Drama|Musical\n", true);
  const auto old_lines =
      Read(Format::kMovieLens100k, folder, "u.item",
           "1|Toy Story (1995)|01-Jan-1995||http://x|0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n", true);

  ASSERT_TRUE(new_lines.at(0).item);
  EXPECT_EQ(std::get<std::string>(new_lines[0].item->attributes.at("title")),
            "Mis\xC3\xA9rables, Les (1995)");
  EXPECT_EQ(std::get<double>(new_lines[0].item->attributes.at("year")), 1995);
  EXPECT_EQ(std::get<std::string>(new_lines[0].item->attributes.at("category")), "Drama");
  ASSERT_TRUE(old_lines.at(0).item);
  EXPECT_EQ(std::get<std::vector<std::string>>(old_lines[0].item->attributes.at("genres")),
            (std::vector<std::string>{"Animation", "Children's", "Comedy"}));
}

TEST(Dataset, Yoochoose_TabsAndOriginal_AreViewsAndPurchases) {
  const TemporaryFolder folder;
  const auto clicks = Read(Format::kYoochoose, folder, "train.txt",
                           "SessionId\tItemId\tTime\n3\t214716935\t1396437466.94\n3\t1\tnow\n");
  const auto original = Read(Format::kYoochoose, folder, "yoochoose-buys.dat",
                             "420374,2014-04-06T18:44:58.314Z,214537888,12462,1\n"
                             "1,2014-04-07T10:51:09.277Z,214536502,0\n");

  ASSERT_EQ(clicks.size(), 2u);
  EXPECT_EQ(clicks[0].events.at(0).session, "3");
  EXPECT_EQ(clicks[0].events.at(0).event_time_ms, 1396437466940);
  EXPECT_EQ(clicks[0].events.at(0).type, "view");
  EXPECT_EQ(clicks[1].fault, "time is not in Unix seconds");
  EXPECT_EQ(original[0].events.at(0).type, "purchase");
  EXPECT_EQ(original[0].events.at(0).value, 12462);
  EXPECT_EQ(original[1].events.at(0).type, "view");
}

TEST(Dataset, Sessions_Lines_SpreadOverThirtyDaysBeforeTheEnd) {
  const TemporaryFolder folder;
  const auto lines = Read(Format::kSessions, folder, "train.txt", "1 2 1\n5\n");

  ASSERT_EQ(lines.size(), 2u);
  ASSERT_EQ(lines[0].events.size(), 3u);
  EXPECT_EQ(lines[0].events[0].session, "train-1");
  EXPECT_EQ(lines[0].events[2].item, "1");
  // Two lines: the first ends half of the 30 days before the end, the second at the end.
  EXPECT_EQ(lines[0].events[2].event_time_ms, kEndMs - kSpreadMs / 2);
  EXPECT_EQ(lines[0].events[0].event_time_ms, kEndMs - kSpreadMs / 2 - 2000);
  EXPECT_EQ(lines[1].events[0].event_time_ms, kEndMs);
}

TEST(Dataset, Jsonl_EventsAndItems_AreToldApart) {
  const TemporaryFolder folder;
  const auto lines =
      Read(Format::kJsonl, folder, "all.jsonl",
           R"({"user_id":7,"item_id":"a","event_type":"view","timestamp":"2026-11-01T00:00:00Z",)"
           R"("value":2.5,"properties":{"k":[1]}})"
           "\n"
           R"({"item_id":"a","title":"Tent"})"
           "\n");

  ASSERT_EQ(lines.size(), 2u);
  const model::LogRecord& event = lines[0].events.at(0);
  EXPECT_EQ(event.user, "7");
  EXPECT_EQ(event.event_time_ms, 1793491200000);
  EXPECT_EQ(event.value, 2.5);
  EXPECT_EQ(event.properties, R"({"k":[1]})");
  EXPECT_FALSE(event.client_event_id);
  EXPECT_EQ(lines[1].item_document, R"({"item_id":"a","title":"Tent"})");
}

TEST(Dataset, Jsonl_HostileLines_AreRefusedWithReasons) {
  const TemporaryFolder folder;
  const std::string deep = std::string(100000, '[');
  const std::string text = "not json\n[1]\n{\"item_id\":\"\xFF\"}\n" + deep + "\n" +
                           R"({"event_type":"view","item_id":"a"})"
                           "\n"
                           R"({"event_type":"view","user_id":"u","item_id":"a","timestamp":1700000000})"
                           "\n"
                           R"({"event_type":"view","user_id":"u"})"
                           "\n"
                           R"({"event_type":"view","user_id":18446744073709551616,"item_id":"a"})"
                           "\n";
  const auto lines = Read(Format::kJsonl, folder, "events.jsonl", text);

  ASSERT_EQ(lines.size(), 8u);
  EXPECT_EQ(lines[0].fault, "not JSON");
  EXPECT_EQ(lines[1].fault, "not a JSON object");
  EXPECT_EQ(lines[2].fault, "not UTF-8");
  EXPECT_EQ(lines[3].fault, "nested deeper than 32");
  EXPECT_EQ(lines[4].fault, "user_id and session_id are missing: one is needed");
  EXPECT_EQ(lines[5].fault, "timestamp is below 2^31: give milliseconds, not seconds?");
  EXPECT_EQ(lines[6].fault, "item_id is missing");
  EXPECT_EQ(lines[7].fault, "user_id is neither text nor an integer");
}

TEST(Dataset, AnyFormat_LineLongerThanTheLimit_IsRefusedAndTheNextIsRead) {
  const TemporaryFolder folder;
  const auto lines = Read(Format::kSessions, folder, "train.txt", std::string(3 << 20, '1') + "\n4 5\n");

  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].fault, "longer than 1 MiB");
  EXPECT_EQ(lines[1].events.size(), 2u);
}

TEST(Dataset, ReadPrefixes_Lines_GivePrefixAndNext) {
  const TemporaryFolder folder;
  const auto path = folder.Write("test.txt", "1 2 3\t4\n1\n\n5\t6 7\n");
  std::vector<PrefixLine> lines;

  ASSERT_TRUE(HasPrefixLines(path));
  ASSERT_TRUE(ReadPrefixes(path, [&](PrefixLine line) {
    lines.push_back(std::move(line));
    return true;
  }));

  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].prefix, (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(lines[0].next, "4");
  EXPECT_EQ(lines[1].fault, "expected a prefix, a tab and the next item");
  EXPECT_EQ(lines[2].number, 4u);
  EXPECT_FALSE(lines[2].fault.empty());
}

}  // namespace
}  // namespace signalbox::train
