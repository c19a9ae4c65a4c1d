// Asking, downloading, putting into place.
#include "process/checkpoint_fetch.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "process/checkpoint_listing.hpp"
#include "state/checkpoint_manifest.hpp"
#include "state/section_file.hpp"

namespace signalbox::process {
namespace {

namespace fs = std::filesystem;

constexpr int kMostDamaged = 3;

int64_t NowMs() { return MonotonicMicros() / 1000; }

Error NotWritten(const std::string& path, const std::string& why) {
  return Error(Code::kUnavailable, path + ": " + why)
      .WithHint("Free space on the disk, or let the process write there.");
}

class Fetch {
 public:
  Fetch(const FetchOptions& options, const ConnectTo& connect, const FetchProgress& progress)
      : options_(options),
        connect_(connect),
        progress_(progress),
        incoming_(options.dir + "/incoming"),
        began_ms_(NowMs()),
        moved_ms_(began_ms_) {}
  ~Fetch() {
    std::error_code ignored;
    fs::remove_all(incoming_, ignored);
  }

  Result<Fetched> Run() {
    for (int damaged = 0;;) {
      auto fetched = Attempt();
      if (fetched) return fetched;
      const auto& error = fetched.error();
      if (error.code() == Code::kDataLoss && ++damaged == kMostDamaged) return fetched;
      const bool again =
          error.retryable() || error.code() == Code::kNotFound || error.code() == Code::kDataLoss;
      if (!again || !Patient()) return fetched;
      LogWarn("fetching a checkpoint begins again", {{"reason", error.message()}});
      Rest();
    }
  }

 private:
  struct Offer {
    std::string url;
    CheckpointListing listing;
  };

  Result<Fetched> Attempt() {
    auto offer = FindFurthest();
    if (!offer) return Fail(offer.error());
    if (!*offer || !IsNewer((*offer)->listing)) return Fetched{};
    const auto& [url, listing] = **offer;
    if (auto done = Download(url, listing); !done) return Fail(done.error());
    if (!IsNewer(listing)) return Fetched{};  // one came from elsewhere meanwhile
    if (auto done = PutIntoPlace(listing); !done) return Fail(done.error());
    return Fetched{listing.sequence, listing.bytes(), url};
  }

  // nullopt = every node says that it has none. Errors: of those that answered otherwise, where none
  // of the others has one.
  Result<std::optional<Offer>> FindFurthest() {
    std::optional<Offer> best;
    std::optional<Error> failed;
    for (const auto& url : options_.urls) {
      auto listing = Ask(url);
      if (!listing) {
        if (listing.error().code() == Code::kNotFound) continue;
        if (!failed || failed->retryable()) failed = listing.error();
        LogWarn("a node does not hand out its checkpoint",
                {{"url", url}, {"reason", listing.error().message()}});
      } else if (!best || listing->applied() > best->listing.applied()) {
        best = Offer{url, std::move(*listing)};
      }
    }
    if (!best && failed) return Fail(*failed);
    return best;
  }

  Result<CheckpointListing> Ask(const std::string& url) {
    auto answer = Send(url, kNewestCheckpointPath, {});
    if (!answer) return Fail(answer.error());
    return DecodeListing(answer->body);
  }

  bool IsNewer(const CheckpointListing& listing) const {
    const auto own = ListNewestCheckpoint(options_.dir);
    return !own || listing.applied() > own->applied();
  }

  Result<void> Download(const std::string& url, const CheckpointListing& listing) {
    const std::string path = state::CheckpointPath(incoming_, listing.sequence);
    std::error_code error;
    fs::remove_all(incoming_, error);
    uint64_t before = 0;
    for (const auto& file : listing.files) {
      const std::string to = path + "/" + file.path;
      fs::create_directories(fs::path(to).parent_path(), error);
      if (error) return Fail(NotWritten(to, error.message()));
      if (auto done = DownloadFile(url, listing, file, to, before); !done) return done;
      before += file.size;
    }
    fs::create_directories(path, error);
    auto manifest = state::SectionFileSink::Open(path + "/" + state::kManifestName);
    if (!manifest) return Fail(manifest.error());
    if (auto done = (*manifest)->Write(listing.manifest.data(), listing.manifest.size()); !done) return done;
    if (auto done = (*manifest)->Close(); !done) return done;
    std::vector<state::CheckpointMigration> used;
    auto loaded = state::LoadCheckpoint(path, state::CheckpointMigrations(), &used);
    if (!loaded) return Fail(loaded.error());
    return SyncFolders(path);
  }

  Result<void> DownloadFile(const std::string& url, const CheckpointListing& listing,
                            const CheckpointListing::File& file, const std::string& to, uint64_t before) {
    auto sink = state::SectionFileSink::Open(to);
    if (!sink) return Fail(sink.error());
    std::string target = kCheckpointFilePath + std::to_string(listing.sequence) + "/";
    ports::PercentEncode(file.path, &target);
    while ((*sink)->size() < file.size) {
      const uint64_t first = (*sink)->size();
      const uint64_t last = std::min(first + kCheckpointPartBytes, file.size) - 1;
      auto part = SendPatiently(url, target, "bytes=" + std::to_string(first) + "-" + std::to_string(last));
      if (!part) return Fail(part.error());
      if (part->body.empty() || part->body.size() > last - first + 1) {
        return Fail(Code::kDataLoss, url + target + ": not the part that was asked for");
      }
      if (auto done = (*sink)->Write(part->body.data(), part->body.size()); !done) return done;
      moved_ms_ = NowMs();
      if (progress_) progress_(before + (*sink)->size(), listing.bytes());
    }
    if (auto done = (*sink)->Close(); !done) return done;
    if ((*sink)->checksum() == file.checksum) return {};
    return Fail(Error(Code::kDataLoss, url + target + ": arrived with the wrong checksum")
                    .WithHint("The checkpoint on that node may be damaged; its next one will do."));
  }

  Result<ports::HttpResponse> SendPatiently(const std::string& url, const std::string& target,
                                            const std::string& range) {
    for (;;) {
      auto answer = Send(url, target, range);
      if (answer || !answer.error().retryable() || !Patient()) return answer;
      Rest();
    }
  }

  // Only an answer of 2xx is none of the errors.
  Result<ports::HttpResponse> Send(const std::string& url, const std::string& target,
                                   const std::string& range) {
    if (!client_ || client_url_ != url) {
      auto connected = connect_(url);
      if (!connected) return Fail(connected.error());
      client_ = std::move(*connected);
      client_url_ = url;
    }
    ports::HttpClient::Headers headers = {{"Authorization", "Bearer " + options_.token}};
    if (!range.empty()) headers.emplace_back("Range", range);
    auto answer = client_->Send("GET", target, headers, {});
    if (!answer || answer->status / 100 == 2) return answer;
    if (answer->status == 401 || answer->status == 403) {
      return Fail(Error(Code::kInvalidArgument, "cluster.token: " + url + " refuses it")
                      .WithField("cluster.token")
                      .WithHint("It must be the same on every node."));
    }
    const auto says = [&](const char* code) { return answer->body.find(code) != std::string::npos; };
    const bool gone = answer->status == 404 && (says("\"no_checkpoint\"") || says("\"checkpoint_gone\""));
    return Fail(gone ? Code::kNotFound : Code::kUnavailable,
                url + target + " answered " + std::to_string(answer->status));
  }

  Result<void> SyncFolders(const std::string& path) const {
    std::error_code error;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      if (!it->is_directory()) continue;
      if (auto synced = state::SyncFolder(it->path()); !synced) return synced;
    }
    return state::SyncFolder(path);
  }

  // The others go only once the new one is there for good; those above it would be taken first, but
  // are behind it in the log.
  Result<void> PutIntoPlace(const CheckpointListing& listing) const {
    const std::string path = state::CheckpointPath(options_.dir, listing.sequence);
    std::error_code error;
    const auto others = state::CheckpointSequences(options_.dir);
    fs::remove_all(path, error);  // of the same sequence, and behind
    if (std::rename(state::CheckpointPath(incoming_, listing.sequence).c_str(), path.c_str()) != 0) {
      return Fail(NotWritten(path, std::strerror(errno)));
    }
    if (auto synced = state::SyncFolder(options_.dir); !synced) return synced;
    for (const uint64_t other : others) {
      if (other != listing.sequence) state::RemoveCheckpoint(state::CheckpointPath(options_.dir, other));
    }
    return {};
  }

  bool Patient() const {
    const int64_t now_ms = NowMs();
    return now_ms - moved_ms_ < options_.patience_ms && now_ms - began_ms_ < options_.limit_ms;
  }
  void Rest() const { std::this_thread::sleep_for(std::chrono::milliseconds(options_.retry_ms)); }

  const FetchOptions& options_;
  const ConnectTo& connect_;
  const FetchProgress& progress_;
  const std::string incoming_;
  const int64_t began_ms_;
  int64_t moved_ms_;  // when something arrived last
  std::unique_ptr<ports::HttpClient> client_;
  std::string client_url_;
};

}  // namespace

Result<Fetched> FetchNewestCheckpoint(const FetchOptions& options, const ConnectTo& connect,
                                      const FetchProgress& progress) {
  return Fetch(options, connect, progress).Run();
}

}  // namespace signalbox::process
