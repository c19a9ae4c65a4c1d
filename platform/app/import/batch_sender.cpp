// Reads a batch's answer and decides what is sent again.
#include "app/import/batch_sender.hpp"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

namespace signalbox::app {
namespace {

using nlohmann::json;

std::string TextOf(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto field = object.find(name);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

// {"code", "message", "field"?, "hint"?} as one sentence or two.
std::string ReasonOf(const json& error) {
  std::string reason = TextOf(error, "message");
  // Line numbers of the batch would be taken for those of the file.
  if (reason.starts_with("line ")) {
    if (const size_t colon = reason.find(": "); colon != std::string::npos) reason.erase(0, colon + 2);
  }
  const std::string field = TextOf(error, "field");
  if (!field.empty() && reason.find(field) == std::string::npos) reason = field + ": " + reason;
  if (const std::string hint = TextOf(error, "hint"); !hint.empty()) reason += ". " + hint;
  return reason.empty() ? "refused without a reason" : reason;
}

std::string ReasonOf(const ports::HttpResponse& response) {
  const json body = json::parse(response.body, nullptr, false);
  const std::string status = "HTTP " + std::to_string(response.status);
  if (!body.is_object() || !body.contains("error")) return status;
  return status + ": " + ReasonOf(body["error"]);
}

// nullopt = not a batch answer over `count` elements.
std::optional<std::vector<BatchAnswer>> AnswersOf(const ports::HttpResponse& response, size_t count) {
  const json body = json::parse(response.body, nullptr, false);
  if (!body.is_object() || !body.contains("results")) return std::nullopt;
  const json& results = body["results"];
  if (!results.is_array() || results.size() != count) return std::nullopt;
  std::vector<BatchAnswer> answers;
  answers.reserve(count);
  for (const json& result : results) {
    BatchAnswer& answer = answers.emplace_back();
    answer.status = TextOf(result, "status");
    if (answer.status == "accepted" || answer.status == "duplicate") continue;
    answer.reason = ReasonOf(result.is_object() ? result.value("error", json()) : json());
  }
  return answers;
}

bool IsTemporary(int status) { return status == 429 || status == 408 || status >= 500; }

int64_t RetryAfterMs(const ports::HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (ports::EqualsIgnoreCase(name, "Retry-After"))
      return int64_t{1000} * std::max(0, std::atoi(value.c_str()));
  }
  return 0;
}

}  // namespace

Result<std::vector<DocumentResult>> BatchSender::Send(std::string_view path,
                                                      std::span<const Document> documents) {
  std::vector<DocumentResult> results(documents.size());
  Pending all(documents.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  if (auto sent = SendPart(path, documents, std::move(all), &results); !sent) return Fail(sent.error());
  return results;
}

BatchSender::Pending BatchSender::TakeAnswers(const Answers& answers, const Pending& pending,
                                              std::vector<DocumentResult>* results, std::string* problem) {
  Pending again;
  for (size_t i = 0; i < pending.size(); ++i) {
    DocumentResult& result = (*results)[pending[i]];
    if (answers[i].status == "accepted") {
      result = {Outcome::kAccepted, {}};
    } else if (answers[i].status == "duplicate") {
      result = {Outcome::kDuplicate, {}};
    } else if (answers[i].status == "retry") {
      again.push_back(pending[i]);
      if (problem->empty()) *problem = answers[i].reason;
    } else {
      result = {Outcome::kRejected, answers[i].reason};
    }
  }
  return again;
}

Result<void> BatchSender::SendPart(std::string_view path, std::span<const Document> documents,
                                   Pending pending, std::vector<DocumentResult>* results) {
  int64_t wait_ms = policy_.first_wait_ms;
  int64_t waited_ms = 0;
  while (!pending.empty()) {
    std::string body;
    for (const size_t i : pending) body.append(documents[i].json).push_back('\n');
    const auto response = client_.Send("POST", path, {{"Content-Type", "application/x-ndjson"}}, body);
    if (!response) {
      if (auto go_on = Wait(nullptr, response.error().message(), &wait_ms, &waited_ms); !go_on) return go_on;
      continue;
    }
    const auto answers = AnswersOf(*response, pending.size());
    if (!answers) {
      if (IsTemporary(response->status)) {
        if (auto go_on = Wait(&*response, ReasonOf(*response), &wait_ms, &waited_ms); !go_on) return go_on;
        continue;
      }
      if (response->status != 400 && response->status != 413) {
        return Fail(Code::kUnavailable, "POST " + std::string(path) + ": " + ReasonOf(*response) +
                                            ": check --url and the server's roles");
      }
      if (pending.size() == 1) {
        (*results)[pending[0]] = {Outcome::kRejected, ReasonOf(*response)};
        return {};
      }
      const auto middle = pending.begin() + static_cast<std::ptrdiff_t>(pending.size() / 2);
      if (auto half = SendPart(path, documents, Pending(pending.begin(), middle), results); !half)
        return half;
      pending.erase(pending.begin(), middle);
      continue;
    }
    std::string problem;
    Pending again = TakeAnswers(*answers, pending, results, &problem);
    if (again.size() < pending.size()) {  // it moves: start the patience anew
      wait_ms = policy_.first_wait_ms;
      waited_ms = 0;
    }
    pending = std::move(again);
    if (pending.empty()) break;
    if (auto go_on = Wait(&*response, problem, &wait_ms, &waited_ms); !go_on) return go_on;
  }
  return {};
}

Result<void> BatchSender::Wait(const ports::HttpResponse* response, const std::string& problem,
                               int64_t* wait_ms, int64_t* waited_ms) {
  if (*waited_ms >= policy_.give_up_ms) {
    return Fail(Code::kUnavailable, "gave up after " + std::to_string(*waited_ms / 1000) + " s: " + problem +
                                        ": is the server running and well?");
  }
  const int64_t asked_ms =
      response == nullptr ? 0 : std::min(RetryAfterMs(*response), policy_.longest_asked_ms);
  const int64_t pause_ms = std::max(asked_ms, *wait_ms);
  if (!sleep_(pause_ms)) return Fail(Code::kUnavailable, "ended before all was sent: run it again to go on");
  *waited_ms += pause_ms;
  *wait_ms = std::min(*wait_ms * 2, policy_.longest_wait_ms);
  return {};
}

}  // namespace signalbox::app
