// A checkpoint goes from one directory to another through the routes, whole or not at all.
#include "process/checkpoint_fetch.hpp"

#include <filesystem>
#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <unistd.h>

#include "process/checkpoint_listing.hpp"
#include "process/checkpoint_routes.hpp"
#include "state/checkpoint.hpp"
#include "state/checkpoint_manifest.hpp"

namespace signalbox::process {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr const char* kToken = "0123456789abcdef";

// A node without a network: requests go to its routes, unless a test stands in the way.
class Node {
 public:
  Node(std::string dir, const std::string& token) {
    RegisterCheckpointRoutes(router_, std::move(dir), token);
  }

  ports::HttpResponse Get(std::string_view target, const ports::HttpClient::Headers& headers) {
    ports::HttpRequest request;
    request.method = "GET";
    request.path = target;
    request.headers = headers;
    ports::HttpResponse answer;
    router_.Dispatch(std::move(request),
                     ports::Responder([&](ports::HttpResponse r) { answer = std::move(r); }));
    return answer;
  }

  // Before each request; a status other than 0 is the answer in place of the node's, -1 = none.
  std::function<int(std::string_view target)> before;
  // To each answer.
  std::function<void(ports::HttpResponse*)> after;
  int requests = 0;

 private:
  ports::Router router_;
};

class Client final : public ports::HttpClient {
 public:
  explicit Client(Node& node) : node_(node) {}
  Result<ports::HttpResponse> Send(std::string_view, std::string_view target, const Headers& headers,
                                   std::string_view) override {
    ++node_.requests;
    const int status = node_.before ? node_.before(target) : 0;
    if (status < 0) return Fail(Code::kUnavailable, "no answer");
    if (status > 0) return ports::HttpResponse{.status = status};
    auto answer = node_.Get(target, headers);
    if (node_.after) node_.after(&answer);
    return answer;
  }

 private:
  Node& node_;
};

class CheckpointFetchTest : public ::testing::Test {
 protected:
  CheckpointFetchTest() {
    std::string pattern = (fs::temp_directory_path() / "signalbox-fetch-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    options_.dir = root_ + "/here";
    options_.urls = {"http://there"};
    options_.token = kToken;
    options_.retry_ms = 1;
    nodes_.emplace("http://there", std::make_unique<Node>(root_ + "/there", kToken));
  }
  ~CheckpointFetchTest() override { fs::remove_all(root_); }

  static void Write(const std::string& dir, uint64_t sequence, uint64_t offset, const std::string& users) {
    state::CheckpointManifest manifest;
    manifest.sequence = sequence;
    manifest.offsets = {offset, 1};
    auto writer = state::CheckpointWriter::Begin(dir, manifest);
    ASSERT_TRUE(writer);
    for (const auto& [name, text] :
         std::map<std::string, std::string>{{"dedup", ""}, {"default/users", users}}) {
      auto sink = (*writer)->Section(name);
      ASSERT_TRUE(sink);
      ASSERT_TRUE((*sink)->Write(text.data(), text.size()));
    }
    ASSERT_TRUE((*writer)->Commit(2));
  }
  static std::string Users(const std::string& dir) {
    const auto reader = state::CheckpointReader::OpenNewest(dir);
    if (!reader || !*reader) return "no checkpoint";
    std::string text;
    const auto read = (*reader)->Read("default/users", [&](ByteSource& source) -> Result<void> {
      char buffer[1000];
      while (const size_t got = source.Read(buffer, sizeof buffer)) text.append(buffer, got);
      return {};
    });
    return read ? text : read.error().message();
  }

  Node& there() { return *nodes_.at("http://there"); }
  std::string there_dir() const { return root_ + "/there"; }
  Result<Fetched> Run() {
    return FetchNewestCheckpoint(
        options_,
        [this](const std::string& url) -> Result<std::unique_ptr<ports::HttpClient>> {
          if (nodes_.count(url) == 0) return Fail(Code::kUnavailable, "no answer from " + url);
          return std::make_unique<Client>(*nodes_.at(url));
        },
        [this](uint64_t bytes, uint64_t of) {
          progress_ = {bytes, of};
        });
  }

  std::string root_;
  FetchOptions options_;
  std::map<std::string, std::unique_ptr<Node>> nodes_;
  std::pair<uint64_t, uint64_t> progress_;
};

TEST_F(CheckpointFetchTest, Fetch_LargeFile_ComesInPartsAndIsTheSame) {
  std::string users;
  for (int i = 0; users.size() < 2 * kCheckpointPartBytes + 5; ++i) users += std::to_string(i * 7919);
  Write(there_dir(), 3, 100, users);
  size_t largest = 0;
  there().after = [&](ports::HttpResponse* answer) { largest = std::max(largest, answer->body.size()); };

  const auto fetched = Run();

  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(fetched->sequence, 3u);
  EXPECT_EQ(fetched->bytes, users.size());
  EXPECT_TRUE(Users(options_.dir) == users);
  EXPECT_EQ(largest, kCheckpointPartBytes);
  EXPECT_EQ(progress_, std::pair(fetched->bytes, fetched->bytes));
  EXPECT_FALSE(fs::exists(options_.dir + "/incoming"));
}

TEST_F(CheckpointFetchTest, Fetch_NoneThere_IsNoError) {
  const auto fetched = Run();

  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(fetched->sequence, 0u);
}

TEST_F(CheckpointFetchTest, Fetch_OwnIsAsFar_TakesNothing) {
  Write(there_dir(), 3, 100, "theirs");
  Write(options_.dir, 2, 100, "ours");

  const auto fetched = Run();

  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->sequence, 0u);
  EXPECT_EQ(there().requests, 1);
  EXPECT_EQ(Users(options_.dir), "ours");
}

TEST_F(CheckpointFetchTest, Fetch_TheirsIsFurtherThoughNumberedLower_IsTakenFromThenOn) {
  Write(there_dir(), 3, 200, "theirs");
  Write(options_.dir, 9, 100, "ours");

  ASSERT_TRUE(Run());

  EXPECT_EQ(Users(options_.dir), "theirs");
  EXPECT_EQ(state::CheckpointSequences(options_.dir), std::vector<uint64_t>{3});
}

TEST_F(CheckpointFetchTest, Fetch_SeveralNodes_TakesTheFurthestAndPassesOverTheDead) {
  nodes_.emplace("http://other", std::make_unique<Node>(root_ + "/other", kToken));
  options_.urls = {"http://dead", "http://there", "http://other"};
  Write(there_dir(), 7, 100, "behind");
  Write(root_ + "/other", 4, 101, "furthest");

  const auto fetched = Run();

  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(fetched->url, "http://other");
  EXPECT_EQ(Users(options_.dir), "furthest");
}

TEST_F(CheckpointFetchTest, Fetch_CheckpointGoesMeanwhile_BeginsAgainWithTheNext) {
  Write(there_dir(), 3, 100, "old");
  bool once = true;
  there().before = [&](std::string_view target) {
    if (once && target.find("users") != std::string_view::npos) {
      once = false;
      fs::remove_all(state::CheckpointPath(there_dir(), 3));
      Write(there_dir(), 4, 150, "new");
    }
    return 0;
  };

  const auto fetched = Run();

  ASSERT_TRUE(fetched) << fetched.error().message();
  EXPECT_EQ(fetched->sequence, 4u);
  EXPECT_EQ(Users(options_.dir), "new");
}

TEST_F(CheckpointFetchTest, Fetch_NodeAwayForAWhile_GoesOn) {
  Write(there_dir(), 3, 100, "users");
  int left = 5;
  there().before = [&](std::string_view) { return left-- > 0 ? (left % 2 == 0 ? -1 : 503) : 0; };

  ASSERT_TRUE(Run());

  EXPECT_EQ(Users(options_.dir), "users");
}

TEST_F(CheckpointFetchTest, Fetch_NobodyAnswers_EndsWhenPatienceDoes) {
  options_.urls = {"http://dead"};
  options_.patience_ms = 20;

  const auto fetched = Run();

  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code(), Code::kUnavailable);
}

TEST_F(CheckpointFetchTest, Fetch_ArrivesDamaged_IsTriedThreeTimesAndLeavesNothing) {
  Write(there_dir(), 3, 100, "users");
  there().after = [](ports::HttpResponse* answer) {
    if (answer->body == "users") answer->body = "losers";
    if (answer->body == "losers") answer->body.pop_back();
  };

  const auto fetched = Run();

  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().code(), Code::kDataLoss);
  EXPECT_EQ(Users(options_.dir), "no checkpoint");
  EXPECT_FALSE(fs::exists(options_.dir + "/incoming"));
  EXPECT_EQ(there().requests, 6);  // each time the listing and the one file that is not empty
}

TEST_F(CheckpointFetchTest, Fetch_WrongToken_IsRefusedAtOnceNamingTheKey) {
  Write(there_dir(), 3, 100, "users");
  options_.token = "another-token-of-16";

  const auto fetched = Run();

  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().field(), "cluster.token");
  EXPECT_EQ(there().requests, 1);
}

TEST_F(CheckpointFetchTest, Routes_Token_IsDemanded) {
  Write(there_dir(), 3, 100, "users");
  Node tokenless(there_dir(), "");

  EXPECT_EQ(there().Get(kNewestCheckpointPath, {}).status, 401);
  EXPECT_EQ(there().Get("/cluster/v1/checkpoints/3/dedup.bin", {}).status, 401);
  EXPECT_EQ(there().Get(kNewestCheckpointPath, {{"Authorization", "Bearer nonsense"}}).status, 403);
  EXPECT_EQ(tokenless.Get(kNewestCheckpointPath, {{"Authorization", "Bearer "}}).status, 403);
  EXPECT_EQ(there().Get(kNewestCheckpointPath, {{"Authorization", std::string("Bearer ") + kToken}}).status,
            200);
}

TEST_F(CheckpointFetchTest, Routes_Files_ByRangeAndNothingElse) {
  Write(there_dir(), 3, 100, "0123456789");
  std::ofstream(root_ + "/secret.bin") << "secret";
  const auto get = [&](const std::string& file, const std::string& range) {
    ports::HttpClient::Headers headers = {{"Authorization", std::string("Bearer ") + kToken}};
    if (!range.empty()) headers.emplace_back("Range", range);
    return there().Get(kCheckpointFilePath + file, headers);
  };
  const std::string users = "3/default%2Fusers.bin";

  EXPECT_EQ(get(users, "").body, "0123456789");
  EXPECT_EQ(get(users, "bytes=2-4").body, "234");
  EXPECT_EQ(get(users, "bytes=2-4").status, 206);
  EXPECT_EQ(get(users, "bytes=7-").headers.front().second, "bytes 7-9/10");
  EXPECT_EQ(get(users, "bytes=8-100").body, "89");
  EXPECT_EQ(get(users, "bytes=10-").status, 416);
  EXPECT_EQ(get(users, "lines=1-2").status, 400);
  EXPECT_EQ(get("4/default%2Fusers.bin", "").status, 404);
  EXPECT_EQ(get("3/absent.bin", "").status, 404);
  for (const char* path : {"3/..%2F..%2Fsecret.bin", "3/%2Fetc%2Fpasswd", "..%2F3/dedup.bin", "3/default"}) {
    EXPECT_EQ(get(path, "").status, 404) << path;
  }
}

TEST(CheckpointListingTest, Decode_PathsThatLeadElsewhere_AreRefused) {
  for (const char* path : {"../x", "/etc/passwd", "a/../../b", "MANIFEST.json", ""}) {
    CheckpointListing listing{1, {1}, "{}", {{path, 1, 1}}};

    const auto decoded = DecodeListing(EncodeListing(listing));

    ASSERT_FALSE(decoded) << path;
    EXPECT_THAT(decoded.error().message(), HasSubstr("is no file of a checkpoint"));
  }
  EXPECT_FALSE(DecodeListing("<html>"));
}

}  // namespace
}  // namespace signalbox::process
