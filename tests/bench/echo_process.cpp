// A forked server that tells its port through a pipe.
#include "echo_process.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <utility>

#include "adapters/http/http_server.hpp"
#include "adapters/prometheus/prometheus_metrics.hpp"

namespace signalbox::bench {
namespace {

[[noreturn]] void Serve(int port_pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  ports::Router router;
  router.Add(
      "GET", "/echo",
      [](ports::HttpRequest, ports::Responder respond) { respond({.body = std::string(1024, 'x')}); },
      ports::Execution::kInline);
  router.Add(
      "POST", "/echo",
      [](ports::HttpRequest request, ports::Responder respond) {
        respond({.body = std::move(request.body)});
      },
      ports::Execution::kInline);
  const auto metrics = adapters::prometheus::MakePrometheusMetrics();
  const auto server =
      adapters::http::StartHttpServer({}, std::make_shared<const ports::Router>(std::move(router)), *metrics);
  const uint16_t port = server ? (*server)->port() : 0;
  if (write(port_pipe, &port, sizeof port) != sizeof port || !server) _exit(1);
  while (true) pause();
}

}  // namespace

EchoProcess::EchoProcess() {
  int ends[2];
  if (pipe(ends) != 0) return;
  pid_ = fork();
  if (pid_ == 0) Serve(ends[1]);
  close(ends[1]);
  if (read(ends[0], &port_, sizeof port_) != sizeof port_) port_ = 0;
  close(ends[0]);
}

EchoProcess::~EchoProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace signalbox::bench
