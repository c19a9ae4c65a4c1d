// The catalogue's tables: their migrations and the statements on them. All throw what Poco throws.
#pragma once

#include <Poco/Data/Session.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/recommendation.hpp"
#include "ports/catalogue_document.hpp"
#include "ports/catalogue_rules.hpp"

namespace signalbox::postgres {

// Steps for Migrate.
const std::vector<std::string>& CatalogueMigrations();

ports::CatalogueKinds ReadKinds(Poco::Data::Session& session, std::string tenant);
void AddKinds(Poco::Data::Session& session, std::string tenant, const ports::CatalogueKinds& fresh);

uint64_t ReadEpoch(Poco::Data::Session& session, std::string tenant);
// The newest epoch, with its row locked until the transaction ends: writers of a tenant commit one
// after the other, in the order of their epochs, so that who has read epoch n will never find an
// older one behind it.
uint64_t LockEpoch(Poco::Data::Session& session, std::string tenant);
// Requires: LockEpoch in this transaction.
void WriteEpoch(Poco::Data::Session& session, std::string tenant, uint64_t epoch);

// Inserts or replaces every row, and puts it into the outbox; of one item's rows the last counts. One
// that is new, or was deleted, is added now.
void WriteItems(Poco::Data::Session& session, std::string tenant, const ports::ItemRows& rows,
                int64_t now_ms);
// At most one row, also a deleted one.
ports::ItemRows ReadItem(Poco::Data::Session& session, std::string tenant, model::ItemKey key);
// Rows not deleted with (type, id) after `after`, in that order.
ports::ItemRows ReadPage(Poco::Data::Session& session, std::string tenant, model::ItemKey after,
                         uint64_t limit);
// Rows with epoch > after, in epoch order.
ports::ItemRows ReadChanges(Poco::Data::Session& session, std::string tenant, uint64_t after, uint64_t limit);
// The rows of the outbox that were put in first, with the items as they are now. Also each one's tenant.
ports::ItemRows ReadOutbox(Poco::Data::Session& session, uint64_t limit, std::vector<std::string>* tenants);

}  // namespace signalbox::postgres
