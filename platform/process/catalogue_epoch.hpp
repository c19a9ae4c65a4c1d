// Whether the catalogue's database is the one that the state came from.
#pragma once

#include "base/result.hpp"
#include "ports/catalogue_store.hpp"
#include "process/tenants.hpp"

namespace signalbox::process {

// Errors: kDataLoss where the database is older than the state; those of the store.
Result<void> CheckCatalogueEpoch(const TenantSlot& slot, const ports::CatalogueStore& store);

}  // namespace signalbox::process
