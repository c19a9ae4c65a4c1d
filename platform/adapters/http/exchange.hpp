// One request between its connection and whoever answers it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "adapters/http/mailbox.hpp"
#include "ports/http.hpp"

namespace signalbox::adapters::http {

class HttpConnection;

// The first answer counts, later ones are dropped. An answer given on the I/O thread while the
// handler runs there is simply kept; any other one goes through the mailbox.
//
// Threads: Send and RunBlocking from any; the rest from the connection's I/O thread.
class Exchange final : public ports::AnswerSink, public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::shared_ptr<Mailbox> mailbox, HttpConnection* connection)
      : mailbox_(std::move(mailbox)), connection_(connection) {}

  void Send(ports::HttpResponse response) override;
  bool RunBlocking(std::function<void()> work) override;

  // Around a handler that is run on the I/O thread. True = it has answered: see response().
  void BeginInline();
  bool EndInline();

  // Nobody waits for the answer any more.
  void Abandon() { connection_ = nullptr; }
  // Null = abandoned.
  HttpConnection* connection() const { return connection_; }
  // Requires: answered, as EndInline or the mailbox says. May be moved from.
  ports::HttpResponse& response() { return response_; }

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  HttpConnection* connection_;
  std::atomic_flag answered_;
  bool answered_inline_ = false;
  ports::HttpResponse response_;
};

}  // namespace signalbox::adapters::http
