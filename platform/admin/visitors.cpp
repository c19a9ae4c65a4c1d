// Reading bodies, and the end of the log.
#include "admin/visitors.hpp"

#include <algorithm>
#include <set>

#include "model/record_codec.hpp"

namespace signalbox::admin {
namespace {

constexpr size_t kRecordsRead = 20'000;
constexpr size_t kMaxHistory = 50;

Asker ReadVisitor(const std::string& tenant, Fields* fields) {
  Asker asker;
  auto& request = asker.request;
  request.tenant = tenant;
  request.user = fields->Text("user_id");
  request.session = fields->Text("session_id");
  request.items = fields->Items("items", kMaxHistory);
  request.category = fields->Text("category");
  request.context_values = fields->Context("context");
  request.user_attributes = fields->Context("user");
  const std::string item = fields->Text("item_id"), type = fields->Text("item_type", model::kDefaultItemType);
  if (!item.empty()) request.context = model::ItemKey{type, item};
  if (!request.user.empty()) {
    asker.shown = "user " + request.user;
  } else if (!request.session.empty()) {
    asker.shown = "session " + request.session;
  } else {
    asker.shown = request.items.empty() ? "nobody" : std::to_string(request.items.size()) + " items";
  }
  return asker;
}

struct Seen {
  int64_t append_ms = 0;
  model::LogRecord record;
};

// The newest records of a partition, oldest first.
Result<void> ReadEnd(ports::EventLog& log, uint32_t partition, size_t most, std::vector<Seen>* seen) {
  const auto range = log.Range(partition);
  if (!range) return Fail(range.error());
  const uint64_t begin = std::max(range->first, range->end - std::min<uint64_t>(range->end, most));
  auto reader = log.OpenReader(partition, begin);
  if (!reader) return Fail(reader.error());
  for (uint64_t at = begin; at < range->end;) {
    std::vector<ports::LogEntry> entries;
    const auto count = (*reader)->Read(1000, 100, &entries);
    if (!count) return Fail(count.error());
    if (*count == 0) break;
    at += *count;
    for (const auto& entry : entries) {
      if (const auto view = model::DecodeRecord(entry.payload)) {
        seen->push_back({entry.append_ms, model::ToRecord(*view)});
      }
    }
  }
  return {};
}

}  // namespace

Result<std::vector<Asker>> RecentVisitors(const Call& call, size_t count) {
  std::vector<Asker> askers;
  if (count == 0 || call.deps.log == nullptr) return askers;
  const uint32_t partitions = std::max<uint32_t>(call.deps.log->partitions(), 1);
  std::vector<Seen> seen;
  for (uint32_t partition = 0; partition < partitions; ++partition) {
    if (auto read = ReadEnd(*call.deps.log, partition, kRecordsRead / partitions, &seen); !read)
      return Fail(read.error());
  }
  std::stable_sort(seen.begin(), seen.end(),
                   [](const Seen& a, const Seen& b) { return a.append_ms < b.append_ms; });
  std::set<std::string> met;
  for (auto it = seen.rbegin(); it != seen.rend() && askers.size() < count; ++it) {
    const model::LogRecord& record = it->record;
    if (record.tenant != call.tenant) continue;
    const std::string user = "user " + record.user, session = "session " + record.session;
    if (record.kind != model::RecordKind::kEvent) {
      // Forgotten after whatever comes further back.
      if (record.kind == model::RecordKind::kForget) {
        if (!record.user.empty()) met.insert(user);
        if (!record.session.empty()) met.insert(session);
      }
      continue;
    }
    const std::string& shown = record.user.empty() ? session : user;
    if (!met.insert(shown).second) continue;
    Asker asker;
    asker.shown = shown;
    asker.request.tenant = call.tenant;
    asker.request.user = record.user;
    asker.request.session = record.user.empty() ? record.session : std::string();
    asker.request.context = model::ItemKey{record.item_type, record.item};
    askers.push_back(std::move(asker));
  }
  return askers;
}

Result<std::vector<Asker>> ReadVisitors(const Call& call, Fields* body, size_t sampled_by_default) {
  std::vector<Asker> askers;
  for (Fields& fields : body->Objects("visitors", kMaxVisitors)) {
    askers.push_back(ReadVisitor(call.tenant, &fields));
    if (auto read = fields.Finish(); !read) return Fail(read.error());
  }
  const size_t sampled = body->Number("sample", askers.empty() ? sampled_by_default : 0, kMaxVisitors);
  const auto count = static_cast<uint32_t>(body->Number("count", 10, 100));
  auto recent = RecentVisitors(call, sampled);
  if (!recent) return Fail(recent.error());
  for (auto& asker : *recent) askers.push_back(std::move(asker));
  for (auto& asker : askers) asker.request.count = std::max<uint32_t>(count, 1);
  return askers;
}

}  // namespace signalbox::admin
