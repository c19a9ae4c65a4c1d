// Errors as values: what can happen in a correct program is a Result.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace signalbox {

enum class Code {
  kInvalidArgument,    // the caller's input is wrong; HTTP 400
  kNotFound,           // 404
  kConflict,           // a precondition no longer holds; 409
  kTooLarge,           // 413
  kResourceExhausted,  // a queue or budget is full, try again; 429
  kUnavailable,        // a dependency is away, try again; 503
  kDataLoss,           // stored bytes are damaged; needs a person
  kInternal,           // a defect; 500
};

// The code's name in snake_case, as it appears in HTTP answers and logs.
std::string_view ToString(Code code);

// A failure. The message says what is wrong and ends in what to do about it.
class Error {
 public:
  Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  // Names the input field at fault, e.g. "events[3].timestamp".
  Error WithField(std::string field) && {
    field_ = std::move(field);
    return std::move(*this);
  }
  // What the caller can do, as a sentence of its own.
  Error WithHint(std::string hint) && {
    hint_ = std::move(hint);
    return std::move(*this);
  }

  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& field() const { return field_; }  // empty = none
  const std::string& hint() const { return hint_; }    // empty = none
  // The same call may succeed later without being changed.
  bool retryable() const { return code_ == Code::kResourceExhausted || code_ == Code::kUnavailable; }

 private:
  Code code_;
  std::string message_;
  std::string field_;
  std::string hint_;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error(code, std::move(message)));
}
inline tl::unexpected<Error> Fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace signalbox
