// A topic in memory.
#pragma once

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "ports/message_topic.hpp"

namespace signalbox::ports::fakes {

class MemoryMessageTopic final : public MessageTopic {
 public:
  Result<void> Publish(const std::vector<TopicMessage>& messages) override {
    const std::lock_guard lock(mutex_);
    if (error_) return signalbox::Fail(*error_);
    for (const auto& message : messages) {
      if (message.value && message.value->size() > max_bytes)
        return signalbox::Fail(Code::kTooLarge, "too large");
    }
    messages_.insert(messages_.end(), messages.begin(), messages.end());
    return {};
  }

  bool Offer(TopicMessage message) noexcept override {
    const std::lock_guard lock(mutex_);
    if (error_) return false;
    messages_.push_back(std::move(message));
    return true;
  }

  // Every call fails with it from now on; nullopt = no more.
  void Fail(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  std::vector<TopicMessage> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

  size_t max_bytes = size_t{1} << 20;  // of a value

 private:
  mutable std::mutex mutex_;
  std::vector<TopicMessage> messages_;  // guarded by mutex_
  std::optional<Error> error_;          // guarded by mutex_
};

}  // namespace signalbox::ports::fakes
