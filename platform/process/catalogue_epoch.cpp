// Epochs only ascend.
#include "process/catalogue_epoch.hpp"

#include <cstdint>
#include <string>

namespace signalbox::process {

Result<void> CheckCatalogueEpoch(const TenantSlot& slot, const ports::CatalogueStore& store) {
  const auto epoch = store.Epoch(slot.state->name());
  if (!epoch) return Fail(epoch.error());
  const uint64_t known = slot.state->catalogue().view()->epoch();
  if (*epoch >= known) return {};
  return Fail(Code::kDataLoss,
              "the catalogue of tenant " + slot.state->name() + " is at epoch " + std::to_string(*epoch) +
                  ", the checkpoint knows epoch " + std::to_string(known) +
                  ": the database was replaced by an older one; bring it back, or remove the "
                  "checkpoints to build the state from this database and the log");
}

}  // namespace signalbox::process
