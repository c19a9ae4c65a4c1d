// Listing, and parts of files by Range.
#include "process/checkpoint_routes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/hash.hpp"
#include "process/checkpoint_listing.hpp"
#include "state/checkpoint_manifest.hpp"

namespace signalbox::process {
namespace {

using ports::ErrorResponse;
using ports::HttpRequest;
using ports::HttpResponse;

// Nothing where the request may go on.
std::optional<HttpResponse> Refusal(const HttpRequest& request, const std::string& token) {
  if (token.empty()) {
    return ErrorResponse(403, "cluster_token_missing", "this node has no cluster.token and hands nothing out",
                         "Set cluster.token (CLUSTER_TOKEN) to the same text on every node.");
  }
  const std::string* given = request.Header("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (given == nullptr || given->compare(0, kScheme.size(), kScheme) != 0) {
    auto response = ErrorResponse(401, "cluster_token_required", "the cluster's token is required",
                                  "Send Authorization: Bearer and the text of cluster.token.");
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
    return response;
  }
  if (!EqualSecrets(std::string_view(*given).substr(kScheme.size()), token)) {
    return ErrorResponse(403, "cluster_token_wrong", "that is not this cluster's token",
                         "cluster.token must be the same on every node.");
  }
  return std::nullopt;
}

// An open file; closed with the object.
class File {
 public:
  explicit File(const std::string& path) : file_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {}
  ~File() {
    if (file_ >= 0) close(file_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // nullopt = it is not there.
  std::optional<uint64_t> size() const {
    struct stat status {};
    if (file_ < 0 || fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<uint64_t>(status.st_size);
  }
  bool Read(uint64_t from, uint64_t count, std::string* bytes) const {
    bytes->resize(count);
    for (uint64_t done = 0; done < count;) {
      const ssize_t got = pread(file_, bytes->data() + done, count - done, static_cast<off_t>(from + done));
      if (got <= 0) return false;
      done += static_cast<uint64_t>(got);
    }
    return true;
  }

 private:
  const int file_;
};

struct Range {
  uint64_t first = 0;
  uint64_t last = 0;
};

// Of "bytes=first-last" or "bytes=first-". nullopt = another one.
std::optional<Range> ParseRange(const std::string& text) {
  constexpr std::string_view kUnit = "bytes=";
  if (text.compare(0, kUnit.size(), kUnit) != 0) return std::nullopt;
  Range range;
  range.last = UINT64_MAX;
  const char* const end = text.data() + text.size();
  auto parsed = std::from_chars(text.data() + kUnit.size(), end, range.first);
  if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != '-') return std::nullopt;
  if (parsed.ptr + 1 != end) {
    parsed = std::from_chars(parsed.ptr + 1, end, range.last);
    if (parsed.ec != std::errc() || parsed.ptr != end || range.last < range.first) return std::nullopt;
  }
  return range;
}

HttpResponse Gone() {
  return ErrorResponse(404, "checkpoint_gone", "that checkpoint is not kept any more, or has no such file",
                       std::string("Begin again with ") + kNewestCheckpointPath + ".");
}

HttpResponse PartOf(const File& file, uint64_t size, const std::string* asked) {
  std::optional<Range> range = Range{0, UINT64_MAX};
  if (asked != nullptr) range = ParseRange(*asked);
  if (!range) {
    return ErrorResponse(400, "bad_range", "Range: \"" + *asked + "\" is not understood",
                         "Write it as bytes=0-4194303.");
  }
  if (asked == nullptr && size > kCheckpointPartBytes) {
    return ErrorResponse(400, "range_required", "the file is sent in parts",
                         "Send Range: bytes=<first>-<last>; an answer may hold less than that.");
  }
  if (asked != nullptr && range->first >= size) {
    auto response = ErrorResponse(416, "range_past_end", "the file has " + std::to_string(size) + " bytes");
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  const uint64_t wanted = std::min(range->last, size - 1) - range->first + 1;
  const uint64_t count = size == 0 ? 0 : std::min(wanted, kCheckpointPartBytes);
  HttpResponse response;
  response.content_type = "application/octet-stream";
  if (!file.Read(range->first, count, &response.body)) {
    return ErrorResponse(503, "unavailable", "the file cannot be read", "Try again.");
  }
  if (asked != nullptr) {
    response.status = 206;
    response.headers.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                                       std::to_string(range->first + count - 1) + "/" +
                                                       std::to_string(size));
  }
  return response;
}

HttpResponse AnswerFile(const std::string& dir, const HttpRequest& request) {
  const std::string& number = *request.Param("sequence");
  const std::string& name = *request.Param("file");
  uint64_t sequence = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), sequence);
  if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || !state::IsSectionName(name))
    return Gone();
  const std::string path = state::CheckpointPath(dir, sequence);
  // Without its manifest it is no checkpoint: not finished, or being removed.
  if (access((path + "/" + state::kManifestName).c_str(), R_OK) != 0) return Gone();
  const File file(path + "/" + name);
  const auto size = file.size();
  return size ? PartOf(file, *size, request.Header("Range")) : Gone();
}

}  // namespace

void RegisterCheckpointRoutes(ports::Router& router, std::string dir, std::string token) {
  const auto guarded = [token = std::move(token)](auto answer) {
    return [token, answer = std::move(answer)](HttpRequest request, ports::Responder respond) {
      auto refusal = Refusal(request, token);
      respond(refusal ? std::move(*refusal) : answer(request));
    };
  };
  router.Add("GET", kNewestCheckpointPath, guarded([dir](const HttpRequest&) {
               const auto listing = ListNewestCheckpoint(dir);
               if (!listing) {
                 return ErrorResponse(404, "no_checkpoint", listing.error().message(),
                                      listing.error().hint());
               }
               return HttpResponse{.body = EncodeListing(*listing)};
             }));
  router.Add(
      "GET", std::string(kCheckpointFilePath) + "{sequence}/{file}",
      guarded([dir = std::move(dir)](const HttpRequest& request) { return AnswerFile(dir, request); }));
}

}  // namespace signalbox::process
