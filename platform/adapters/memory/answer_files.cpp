// Records of a length, a checksum and the answer's fields.
#include "adapters/memory/answer_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstring>
#include <filesystem>

#include "base/bytes.hpp"
#include "base/hash.hpp"
#include "base/log.hpp"

namespace signalbox::memory {
namespace {

struct Head {
  uint32_t size = 0;  // of the body
  uint32_t unused = 0;
  uint64_t checksum = 0;
};
constexpr uint32_t kMaxBody = 64 << 20;

std::string Encode(const ports::ServedAnswer& answer) {
  std::string body;
  ByteWriter out(&body);
  for (const std::string* text : {&answer.recommendation_id, &answer.tenant, &answer.scenario,
                                  &answer.revision, &answer.answer, &answer.inputs}) {
    out.Text(*text);
  }
  out.Fixed(answer.at_ms);
  return body;
}

std::optional<ports::ServedAnswer> Decode(std::string_view body) {
  ports::ServedAnswer answer;
  ByteReader in(body);
  for (std::string* text : {&answer.recommendation_id, &answer.tenant, &answer.scenario, &answer.revision,
                            &answer.answer, &answer.inputs}) {
    *text = in.Text();
  }
  answer.at_ms = in.Fixed<int64_t>();
  if (!in.ok()) return std::nullopt;
  return answer;
}

// The body at an offset; empty = the file ends there, or is damaged.
std::string ReadBody(int descriptor, uint64_t offset) {
  Head head;
  if (pread(descriptor, &head, sizeof head, static_cast<off_t>(offset)) != sizeof head) return {};
  if (head.size == 0 || head.size > kMaxBody) return {};
  std::string body(head.size, '\0');
  const auto read = pread(descriptor, body.data(), body.size(), static_cast<off_t>(offset + sizeof head));
  if (read != static_cast<ssize_t>(body.size())) return {};
  return Checksum64(body.data(), body.size()) == head.checksum ? body : std::string();
}

}  // namespace

AnswerFiles::AnswerFiles(std::string folder, uint64_t max_bytes)
    : folder_(std::move(folder)), max_bytes_(max_bytes) {}

std::string AnswerFiles::PathOf(int file) const {
  return folder_ + "/answers-" + std::to_string(file) + ".bin";
}

Result<void> AnswerFiles::OpenFile(int file) {
  const int descriptor = open(PathOf(file).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Fail(Code::kUnavailable,
                "cannot open " + PathOf(file) + ": " + std::strerror(errno) + "; give this user the folder");
  }
  const auto at = static_cast<size_t>(file);
  descriptors_[at] = descriptor;
  uint64_t offset = 0;
  for (std::string body = ReadBody(descriptor, 0); !body.empty(); body = ReadBody(descriptor, offset)) {
    if (const auto answer = Decode(body)) {
      places_[answer->recommendation_id] = {file, offset};
    }
    offset += sizeof(Head) + body.size();
  }
  if (ftruncate(descriptor, static_cast<off_t>(offset)) != 0) {
    return Fail(Code::kUnavailable, "cannot cut " + PathOf(file) + ": " + std::strerror(errno));
  }
  sizes_[at] = offset;
  return {};
}

Result<std::unique_ptr<AnswerFiles>> AnswerFiles::Open(const std::string& folder, uint64_t max_bytes) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  std::unique_ptr<AnswerFiles> files(new AnswerFiles(folder, max_bytes));
  std::array<int64_t, 2> changed{};
  for (const int file : {0, 1}) {
    struct stat facts {};
    if (stat(files->PathOf(file).c_str(), &facts) == 0)
      changed[static_cast<size_t>(file)] = facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec;
  }
  for (const int file : {0, 1}) {
    if (auto opened = files->OpenFile(file); !opened) return Fail(opened.error());
  }
  files->current_ = changed[1] > changed[0] ? 1 : 0;
  files->thread_ = std::thread([raw = files.get()] { raw->Run(); });
  return files;
}

AnswerFiles::~AnswerFiles() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (const int descriptor : descriptors_) {
    if (descriptor >= 0) close(descriptor);
  }
}

void AnswerFiles::Put(ports::ServedAnswer answer) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMaxWaiting) return;
    waiting_.push_back(std::move(answer));
  }
  changed_.notify_all();
}

std::optional<ports::ServedAnswer> AnswerFiles::Find(std::string_view recommendation_id) const {
  Place place;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& answer : waiting_) {
      if (answer.recommendation_id == recommendation_id) return answer;
    }
    const auto found = places_.find(recommendation_id);
    if (found == places_.end()) return std::nullopt;
    place = found->second;
  }
  // A file that is emptied meanwhile gives a body whose checksum is wrong: gone.
  const std::string body = ReadBody(descriptors_[static_cast<size_t>(place.file)], place.offset);
  return body.empty() ? std::nullopt : Decode(body);
}

void AnswerFiles::Flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty(); });
}

// One answer at a time; it can be found while it waits, and once it is written.
void AnswerFiles::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const ports::ServedAnswer answer = waiting_.front();
    lock.unlock();
    Write(answer);
    lock.lock();
    waiting_.pop_front();
    changed_.notify_all();
  }
}

void AnswerFiles::Write(const ports::ServedAnswer& answer) {
  const std::string body = Encode(answer);
  if (body.size() > kMaxBody || body.size() > max_bytes_ / 2) return;
  auto at = static_cast<size_t>(current_);
  if (sizes_[at] > 0 && sizes_[at] + sizeof(Head) + body.size() > max_bytes_ / 2) {
    current_ = 1 - current_;
    at = static_cast<size_t>(current_);
    {
      const std::lock_guard lock(mutex_);
      for (auto place = places_.begin(); place != places_.end();) {
        place = place->second.file == current_ ? places_.erase(place) : std::next(place);
      }
    }
    if (ftruncate(descriptors_[at], 0) != 0) return;
    sizes_[at] = 0;
  }
  const Head head{static_cast<uint32_t>(body.size()), 0, Checksum64(body.data(), body.size())};
  std::string record(reinterpret_cast<const char*>(&head), sizeof head);
  record += body;
  const auto written = pwrite(descriptors_[at], record.data(), record.size(), static_cast<off_t>(sizes_[at]));
  if (written != static_cast<ssize_t>(record.size())) {
    LogWarn("a sampled answer could not be written", {{"file", PathOf(current_)}});
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    places_[answer.recommendation_id] = {current_, sizes_[at]};
  }
  sizes_[at] += record.size();
}

}  // namespace signalbox::memory
