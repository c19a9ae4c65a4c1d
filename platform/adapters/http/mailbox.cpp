// An eventfd and two lists.
#include "adapters/http/mailbox.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace signalbox::adapters::http {

Mailbox::Mailbox(std::shared_ptr<WorkerPool> workers)
    : workers_(std::move(workers)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Mailbox::~Mailbox() { ::close(wake_); }

template <typename Letter>
void Mailbox::Add(std::vector<Letter>& letters, Letter letter) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    letters.push_back(std::move(letter));
    wake = std::exchange(asleep_, false);
  }
  // The count is never read back: each write is an edge of its own.
  if (!wake) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_, &one, sizeof one);
}

void Mailbox::Put(std::shared_ptr<Exchange> answered) { Add(answered_, std::move(answered)); }
void Mailbox::Post(std::function<void()> task) { Add(tasks_, std::move(task)); }

bool Mailbox::FallAsleep() {
  const std::lock_guard lock(mutex_);
  asleep_ = answered_.empty() && tasks_.empty();
  return asleep_;
}

void Mailbox::Awake() {
  const std::lock_guard lock(mutex_);
  asleep_ = false;
}

void Mailbox::Take(std::vector<std::shared_ptr<Exchange>>* answered,
                   std::vector<std::function<void()>>* tasks) {
  answered->clear();
  tasks->clear();
  const std::lock_guard lock(mutex_);
  answered->swap(answered_);
  tasks->swap(tasks_);
}

void Mailbox::Close() {
  std::vector<std::shared_ptr<Exchange>> answered;
  std::vector<std::function<void()>> tasks;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  answered.swap(answered_);
  tasks.swap(tasks_);
}

}  // namespace signalbox::adapters::http
