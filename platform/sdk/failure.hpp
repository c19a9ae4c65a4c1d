// How a plugin's code fails: by exception, which the wrapper turns into a code and a message.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "signalbox/plugin_abi.h"

namespace signalbox {

// Thrown from any hook. The message says what is wrong and ends in what to do; 255 bytes pass.
class Failure : public std::runtime_error {
 public:
  Failure(sb_code code, const std::string& message) : std::runtime_error(message), code_(code) {}
  sb_code code() const { return code_; }

 private:
  sb_code code_;
};

// From a constructor: names the key and the fix.
class InvalidConfig : public Failure {
 public:
  explicit InvalidConfig(const std::string& message) : Failure(SB_INVALID_CONFIG, message) {}
};

// From Restore: the host then rebuilds the state from the log.
class InvalidState : public Failure {
 public:
  explicit InvalidState(const std::string& message) : Failure(SB_INVALID_STATE, message) {}
};

}  // namespace signalbox
