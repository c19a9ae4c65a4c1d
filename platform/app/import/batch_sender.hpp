// Sends documents to a server in batches and tries again what it could not take yet.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/import/documents.hpp"
#include "base/result.hpp"
#include "ports/http_client.hpp"

namespace signalbox::app {

enum class Outcome { kAccepted, kDuplicate, kRejected };

struct DocumentResult {
  Outcome outcome = Outcome::kRejected;
  std::string reason;  // of a rejection
};

// What the server said of one element of a batch.
struct BatchAnswer {
  std::string status;  // "accepted", "duplicate", "rejected", "retry"
  std::string reason;  // of the latter two
};

struct RetryPolicy {
  int64_t first_wait_ms = 200;  // doubles with each try in a row
  int64_t longest_wait_ms = 5000;
  int64_t longest_asked_ms = 60000;  // at most this much of a Retry-After
  int64_t give_up_ms = 120000;       // waited in vain for one batch
};

// Threads: one; the client is its own.
class BatchSender {
 public:
  // sleep: waits so many milliseconds; false ends the sending (the program is to end).
  using Sleep = std::function<bool(int64_t ms)>;
  BatchSender(ports::HttpClient& client, RetryPolicy policy, Sleep sleep)
      : client_(client), policy_(policy), sleep_(std::move(sleep)) {}

  // POSTs the documents to `path` as NDJSON; results in the order of `documents`. What the server
  // answers with 429, 503 or "retry", and what got no answer, is sent again with growing pauses,
  // honouring Retry-After. A batch that is refused as a whole is sent in halves, so that one
  // document does not take the others with it.
  // Errors: kUnavailable after give_up_ms, or for a status that no retry mends (401, 404, …).
  Result<std::vector<DocumentResult>> Send(std::string_view path, std::span<const Document> documents);

 private:
  using Pending = std::vector<size_t>;  // indices of documents
  using Answers = std::vector<BatchAnswer>;
  // Notes what is decided; returns what is to be sent again, with the first reason in *problem.
  static Pending TakeAnswers(const Answers& answers, const Pending& pending,
                             std::vector<DocumentResult>* results, std::string* problem);
  Result<void> SendPart(std::string_view path, std::span<const Document> documents, Pending pending,
                        std::vector<DocumentResult>* results);
  Result<void> Wait(const ports::HttpResponse* response, const std::string& problem, int64_t* wait_ms,
                    int64_t* waited_ms);

  ports::HttpClient& client_;
  const RetryPolicy policy_;
  const Sleep sleep_;
};

}  // namespace signalbox::app
