// The store's transactions.
#include "adapters/postgres/postgres_catalogue_store.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "adapters/postgres/catalogue_tables.hpp"
#include "adapters/postgres/session_pool.hpp"
#include "ports/catalogue_document.hpp"
#include "ports/catalogue_rules.hpp"

namespace signalbox::postgres {
namespace {

// What BIGINT and LIMIT can take.
uint64_t Bounded(uint64_t number) {
  return std::min<uint64_t>(number, std::numeric_limits<int64_t>::max() - 1);
}

// A parameter ends at NUL: another item would be meant.
bool HasNul(const model::ItemKey& key) {
  return key.type.find('\0') != std::string::npos || key.id.find('\0') != std::string::npos;
}

}  // namespace

struct PostgresCatalogueStore::Impl {
  std::shared_ptr<Database> database;
  const Clock& clock;
  Schema schema{"catalogue", CatalogueMigrations()};

  template <typename Body>
  auto Read(Body body) -> decltype(body(std::declval<Poco::Data::Session&>())) {
    return database->pool().Read(schema, std::move(body));
  }
  // body(session, epoch) returns the rows to write, each with an epoch after `epoch`, and the kinds
  // that are new.
  template <typename Body>
  Result<uint64_t> Write(const std::string& tenant, Body body) {
    return database->pool().Write(schema, [&](SessionPool::Use& use) -> Result<uint64_t> {
      auto& session = use.session();
      const uint64_t epoch = LockEpoch(session, tenant);
      const auto change = body(session, epoch);
      if (!change) return Fail(change.error());
      if (change->rows.epochs.empty()) return epoch;
      AddKinds(session, tenant, change->kinds);
      WriteItems(session, tenant, change->rows, clock.now_ms());
      WriteEpoch(session, tenant, change->rows.epochs.back());
      return change->rows.epochs.back();
    });
  }
};

namespace {

struct Change {
  ports::ItemRows rows;
  ports::CatalogueKinds kinds;
};

}  // namespace

PostgresCatalogueStore::PostgresCatalogueStore(std::shared_ptr<Database> database, const Clock& clock)
    : impl_(new Impl{std::move(database), clock}) {}
PostgresCatalogueStore::~PostgresCatalogueStore() = default;

Result<uint64_t> PostgresCatalogueStore::Put(std::string_view tenant_name,
                                             const std::vector<model::Item>& items) {
  const std::string tenant(tenant_name);
  return impl_->Write(tenant, [&](Poco::Data::Session& session, uint64_t epoch) -> Result<Change> {
    auto fresh = ports::CheckKinds(ReadKinds(session, tenant), items, "items");
    if (!fresh) return Fail(fresh.error());
    Change change{{}, std::move(*fresh)};
    for (const auto& item : items) {
      if (auto added = change.rows.Add(item, ++epoch); !added) return Fail(added.error());
    }
    return change;
  });
}

Result<uint64_t> PostgresCatalogueStore::Modify(std::string_view tenant_name, const model::ItemKey& item,
                                                const ports::ItemEdit& edit) {
  if (HasNul(item)) return ports::NoSuchItem(item);
  const std::string tenant(tenant_name);
  return impl_->Write(tenant, [&](Poco::Data::Session& session, uint64_t epoch) -> Result<Change> {
    auto stored = ReadItem(session, tenant, item).Found();
    if (!stored) return Fail(stored.error());
    auto edited = edit(std::move(*stored));
    if (!edited) return Fail(edited.error());
    auto fresh = ports::CheckKinds(ReadKinds(session, tenant), {&*edited, 1}, "");
    if (!fresh) return Fail(fresh.error());
    Change change{{}, std::move(*fresh)};
    if (auto added = change.rows.Add(*edited, epoch + 1); !added) return Fail(added.error());
    return change;
  });
}

Result<uint64_t> PostgresCatalogueStore::Delete(std::string_view tenant_name, const model::ItemKey& item) {
  if (HasNul(item)) return ports::NoSuchItem(item);
  const std::string tenant(tenant_name);
  return impl_->Write(tenant, [&](Poco::Data::Session& session, uint64_t epoch) -> Result<Change> {
    const auto stored = ReadItem(session, tenant, item);
    if (!stored.ids.empty() && stored.deleted[0]) return ports::NoSuchItem(item);
    return Change{ports::DeletedRow(item, epoch + 1), {}};
  });
}

Result<std::optional<model::Item>> PostgresCatalogueStore::Get(std::string_view tenant_name,
                                                               const model::ItemKey& item) const {
  if (HasNul(item)) return std::nullopt;
  return impl_->Read([&](Poco::Data::Session& session) -> Result<std::optional<model::Item>> {
    return ReadItem(session, std::string(tenant_name), item).Found();
  });
}

Result<ports::ItemPage> PostgresCatalogueStore::List(std::string_view tenant_name, std::string_view cursor,
                                                     size_t limit) const {
  model::ItemKey after{"", ""};
  if (!cursor.empty()) {
    auto decoded = ports::DecodeCursor(cursor);
    if (!decoded) return Fail(decoded.error());
    after = std::move(*decoded);
  }
  return impl_->Read([&](Poco::Data::Session& session) -> Result<ports::ItemPage> {
    // One more than asked for tells whether there is a next page.
    const auto rows = ReadPage(session, std::string(tenant_name), after, Bounded(limit) + 1);
    ports::ItemPage page;
    for (size_t i = 0; i < rows.ids.size() && i < limit; ++i) {
      auto item = rows.ItemAt(i);
      if (!item) return Fail(item.error());
      page.items.push_back(std::move(*item));
    }
    if (rows.ids.size() > limit && limit > 0) {
      page.next_cursor = ports::EncodeCursor({page.items.back().type, page.items.back().id});
    }
    return page;
  });
}

Result<std::vector<model::ItemChange>> PostgresCatalogueStore::Changes(std::string_view tenant_name,
                                                                       uint64_t after, size_t limit) const {
  return impl_->Read([&](Poco::Data::Session& session) -> Result<std::vector<model::ItemChange>> {
    return ports::ToChanges(ReadChanges(session, std::string(tenant_name), Bounded(after), Bounded(limit)));
  });
}

Result<uint64_t> PostgresCatalogueStore::Epoch(std::string_view tenant_name) const {
  return impl_->Read([&](Poco::Data::Session& session) -> Result<uint64_t> {
    return ReadEpoch(session, std::string(tenant_name));
  });
}

Result<std::map<std::string, model::AttributeKind>> PostgresCatalogueStore::Kinds(
    std::string_view tenant_name) const {
  return impl_->Read(
      [&](Poco::Data::Session& session) -> Result<std::map<std::string, model::AttributeKind>> {
        return ReadKinds(session, std::string(tenant_name)).attributes;
      });
}

}  // namespace signalbox::postgres
