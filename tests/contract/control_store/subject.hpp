// What the control store's contract suite runs on: every adapter and the fake.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ports/control_store.hpp"

namespace signalbox::contract {

// One database. Lifetime: outlives its stores.
class ControlSubject {
 public:
  virtual ~ControlSubject() = default;
  // A store on it, beside those that are open: another node's.
  virtual std::shared_ptr<ports::ControlStore> Open() = 0;

  ManualClock clock{1'700'000'000'000};  // of its stores
};

struct ControlKind {
  std::string name;
  std::function<std::unique_ptr<ControlSubject>()> make;
};
// Those of the executable: embedded_subjects.cpp or postgres_subjects.cpp.
std::vector<ControlKind> AllControlKinds();

class ControlContract : public testing::TestWithParam<ControlKind> {
 protected:
  ControlContract() : subject(GetParam().make()), store(subject->Open()) {}

  // A draft, validated; its number.
  uint64_t Validated(uint64_t base, const std::string& source = "-- nothing");
  // A draft, validated and published; its number.
  uint64_t Published(uint64_t base, const std::string& source = "-- nothing");
  // 0 = nothing.
  uint64_t NumberInForce();
  // The actions of every audit row, oldest first.
  std::vector<std::string> Actions();

  std::unique_ptr<ControlSubject> subject;
  std::shared_ptr<ports::ControlStore> store;
  const model::ObjectName home{"default", model::ObjectKind::kScenario, "home"};
  const ports::Author anna{"anna", "because"};
};

}  // namespace signalbox::contract
