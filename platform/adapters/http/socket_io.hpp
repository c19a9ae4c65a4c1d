// Reading and writing a connected socket with deadlines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace signalbox::adapters::http {

enum class IoState { kOk, kClosed, kTimedOut };

struct ReadResult {
  IoState state;
  size_t bytes;
};

// Reads what is there, waiting until `deadline_us` (MonotonicMicros) for the first byte.
// kClosed: the peer ended its side, or the connection broke.
ReadResult ReadSome(int socket, char* buffer, size_t size, int64_t deadline_us);

// As ReadSome, waiting for the socket's own receive timeout (SO_RCVTIMEO): one system call.
ReadResult ReadIdle(int socket, char* buffer, size_t size);

// Writes both texts whole, in one system call where the socket takes them.
IoState WriteAll(int socket, std::string_view head, std::string_view body, int64_t deadline_us);

void SetReceiveTimeout(int socket, int seconds);

// Ends our side and reads away, for a short while, what the peer still sends: closing at once
// would reset the connection and could destroy the answer on its way.
void LingerAndClose(int socket);

}  // namespace signalbox::adapters::http
