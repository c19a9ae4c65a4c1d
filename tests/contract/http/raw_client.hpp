// A socket that sends exactly the bytes it is told to, also wrong ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox::contract {

struct RawResponse {
  int status = 0;      // 0 = the connection ended without one
  std::string header;  // with the status line
  std::string body;
};

// Waits at most 10 s for anything, so that a server that does not answer fails the test.
class RawClient {
 public:
  explicit RawClient(uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False = the peer has reset the connection.
  bool Send(std::string_view bytes);
  // No more bytes will come from this side.
  void EndSending();
  // The next response; a body by Content-Length (none after HEAD).
  RawResponse Receive(bool head = false);
  // The peer has ended the connection, and no byte is left.
  bool Ended();

  RawResponse Ask(std::string_view bytes) {
    Send(bytes);
    return Receive();
  }

 private:
  bool Fill();

  int socket_;
  std::string received_;
};

}  // namespace signalbox::contract
