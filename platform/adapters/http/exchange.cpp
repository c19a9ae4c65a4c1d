// Which way an answer takes to its connection.
#include "adapters/http/exchange.hpp"

#include <utility>

namespace signalbox::adapters::http {
namespace {

// The exchange whose handler this thread runs inline.
thread_local const Exchange* running = nullptr;

}  // namespace

void Exchange::Send(ports::HttpResponse response) {
  if (answered_.test_and_set(std::memory_order_acq_rel)) return;
  response_ = std::move(response);
  if (running == this) {
    answered_inline_ = true;
  } else {
    mailbox_->Put(shared_from_this());
  }
}

bool Exchange::RunBlocking(std::function<void()> work) { return mailbox_->workers().Run(std::move(work)); }

void Exchange::BeginInline() { running = this; }

bool Exchange::EndInline() {
  running = nullptr;
  return answered_inline_;
}

}  // namespace signalbox::adapters::http
