// The limit that serving and ingesting are compared with: the same HTTP adapter, doing nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>

namespace signalbox::bench {

// A process of its own. GET /echo answers 1 KB, POST /echo the body it was sent.
// Requires: made before the program has threads. Ends with the object or the program.
class EchoProcess {
 public:
  EchoProcess();
  ~EchoProcess();
  EchoProcess(const EchoProcess&) = delete;
  EchoProcess& operator=(const EchoProcess&) = delete;
  uint16_t port() const { return port_; }  // 0 = it could not start

 private:
  pid_t pid_ = -1;
  uint16_t port_ = 0;
};

}  // namespace signalbox::bench
