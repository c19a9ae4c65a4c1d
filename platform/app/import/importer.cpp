// Reads files line by line and hands the documents to the lanes.
#include "app/import/importer.hpp"

#include <algorithm>

#include "ports/item_json.hpp"

namespace signalbox::app {
namespace {

// The catalogue's batches: one lane, so that a later line of an item replaces an earlier one.
constexpr std::string_view kItemLane = "items";
constexpr size_t kMaxItemBatch = 1000;

class Importer {
 public:
  Importer(const ImportOptions& options, const std::vector<train::DataFile>& files, int64_t now_ms,
           ImportReport* report)
      : options_(options), files_(files), now_ms_(now_ms), report_(*report) {
    for (const auto& file : files) names_.push_back(file.path.filename().string());
  }

  // How far times are shifted. A pass of its own over the files.
  Result<int64_t> Shift() const {
    if (!options_.rebase) return 0;
    int64_t newest_ms = 0;
    for (const auto& file : files_) {
      const auto read = train::ReadLines(options_.format, file, now_ms_, [&](const train::ParsedLine& line) {
        for (const auto& event : line.events) newest_ms = std::max(newest_ms, event.event_time_ms);
        return true;
      });
      if (!read) return Fail(read.error());
    }
    return newest_ms == 0 ? 0 : now_ms_ - newest_ms;
  }

  Result<void> SendAll(Lanes& lanes, int64_t shift_ms) {
    for (uint32_t file = 0; file < files_.size(); ++file) {
      bool going = true;
      const auto read = train::ReadLines(options_.format, files_[file], now_ms_, [&](train::ParsedLine line) {
        going = SendLine(lanes, file, shift_ms, std::move(line));
        return going;
      });
      if (auto flushed = lanes.Flush(); !flushed) return flushed;
      if (!read) return read;
    }
    return {};
  }

  void Count(std::span<const Document> documents, const std::vector<DocumentResult>& results) {
    uint64_t accepted = 0, duplicates = 0;
    for (size_t i = 0; i < documents.size(); ++i) {
      if (results[i].outcome == Outcome::kAccepted) ++accepted;
      if (results[i].outcome == Outcome::kDuplicate) ++duplicates;
      if (results[i].outcome == Outcome::kRejected) {
        report_.Reject(names_[documents[i].file], documents[i].line, results[i].reason);
      }
    }
    report_.Accept(accepted);
    report_.Duplicate(duplicates);
  }

 private:
  bool SendLine(Lanes& lanes, uint32_t file, int64_t shift_ms, train::ParsedLine line) {
    if (!line.fault.empty()) {
      report_.Reject(names_[file], line.number, std::move(line.fault));
      return true;
    }
    if (line.item) ports::AppendItemJson(*line.item, &line.item_document);
    if (!line.item_document.empty()) {
      return lanes.Add("/items", kItemLane, {std::move(line.item_document), file, line.number});
    }
    for (size_t i = 0; i < line.events.size(); ++i) {
      model::LogRecord& event = line.events[i];
      if (event.event_id.empty()) {
        event.event_id = ImportedEventId(names_[file], line.number, line.text_hash, i);
      }
      if (event.event_time_ms != 0) event.event_time_ms += shift_ms;
      const std::string visitor = model::PartitionKey(event);
      if (!lanes.Add("/events", visitor, {EventJson(event), file, line.number})) return false;
    }
    return true;
  }

  const ImportOptions& options_;
  const std::vector<train::DataFile>& files_;
  const int64_t now_ms_;
  ImportReport& report_;
  std::vector<std::string> names_;
};

}  // namespace

Result<void> Import(const ImportOptions& options, const Lanes::MakeClient& make_client, int64_t now_ms,
                    const std::function<void()>& progress, ImportReport* report) {
  const auto files = train::FilesOf(options.format, options.path);
  if (!files) return Fail(files.error());
  Importer importer(options, *files, now_ms, report);
  const auto shift_ms = importer.Shift();
  if (!shift_ms) return Fail(shift_ms.error());
  auto lanes = Lanes::Open(options.connections, std::min(options.batch_size, kMaxItemBatch), options.retry,
                           make_client, [&](std::span<const Document> documents, const auto& results) {
                             importer.Count(documents, results);
                             progress();
                           });
  if (!lanes) return Fail(lanes.error());
  return importer.SendAll(**lanes, *shift_ms);
}

}  // namespace signalbox::app
