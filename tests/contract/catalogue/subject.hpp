// What the catalogue's contract suite runs on: every adapter and the fake.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ports/catalogue_store.hpp"

namespace signalbox::contract {

// One database. Lifetime: outlives its stores.
class CatalogueSubject {
 public:
  virtual ~CatalogueSubject() = default;
  // The store; what a former one wrote is there.
  virtual std::shared_ptr<ports::CatalogueStore> Open() = 0;

  ManualClock clock{1'700'000'000'000};  // of its stores
};

struct CatalogueKind {
  std::string name;
  std::function<std::unique_ptr<CatalogueSubject>()> make;
};
// Those of the executable: embedded_subjects.cpp or postgres_subjects.cpp.
std::vector<CatalogueKind> AllCatalogueKinds();

class CatalogueContract : public testing::TestWithParam<CatalogueKind> {
 protected:
  CatalogueContract() : subject(GetParam().make()), store(subject->Open()) {}

  std::unique_ptr<CatalogueSubject> subject;
  std::shared_ptr<ports::CatalogueStore> store;
};

// An item with these attributes.
model::Item MakeItem(const std::string& id,
                     std::map<std::string, model::AttributeValue, std::less<>> attributes = {});

}  // namespace signalbox::contract
