// The store's transactions.
#include "adapters/sqlite/sqlite_catalogue_store.hpp"

#include <algorithm>
#include <limits>
#include <mutex>

#include "adapters/sqlite/catalogue_tables.hpp"
#include "adapters/sqlite/poco_session.hpp"
#include "ports/catalogue_document.hpp"
#include "ports/catalogue_rules.hpp"

namespace signalbox::sqlite {
namespace {

// What LIMIT can take.
uint64_t Bounded(size_t limit) { return std::min<uint64_t>(limit, std::numeric_limits<int64_t>::max() - 1); }

}  // namespace

struct SqliteCatalogueStore::Impl {
  Impl(const std::string& file, const Clock* given_clock)
      : path(file),
        clock(given_clock != nullptr ? *given_clock : system_clock),
        writer(OpenSession(file)),
        reader(OpenSession(file)) {}

  const std::string path;
  const SystemClock system_clock;
  const Clock& clock;
  std::mutex write_mutex;
  Poco::Data::Session writer;  // guarded by write_mutex
  std::mutex read_mutex;
  Poco::Data::Session reader;  // guarded by read_mutex

  template <typename Body>
  auto Read(Body body) -> decltype(body(reader)) {
    std::lock_guard lock(read_mutex);
    return Guard(path, [&] { return body(reader); });
  }
  // Rolls back unless the body commits.
  template <typename Body>
  Result<uint64_t> Write(Body body) {
    std::lock_guard lock(write_mutex);
    return Guard(path, [&]() -> Result<uint64_t> {
      WriteTransaction transaction(writer);
      auto epoch = body(writer);
      if (epoch) transaction.Commit();
      return epoch;
    });
  }
};

SqliteCatalogueStore::SqliteCatalogueStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteCatalogueStore::~SqliteCatalogueStore() = default;

Result<std::unique_ptr<SqliteCatalogueStore>> SqliteCatalogueStore::Open(const std::string& path,
                                                                         const Clock* clock) {
  return Guard(path, [&]() -> Result<std::unique_ptr<SqliteCatalogueStore>> {
    auto impl = std::make_unique<Impl>(path, clock);
    if (auto migrated = Migrate(impl->writer, "catalogue", CatalogueMigrations()); !migrated) {
      return Fail(migrated.error());
    }
    return std::unique_ptr<SqliteCatalogueStore>(new SqliteCatalogueStore(std::move(impl)));
  });
}

Result<uint64_t> SqliteCatalogueStore::Put(std::string_view tenant_name,
                                           const std::vector<model::Item>& items) {
  const std::string tenant(tenant_name);
  return impl_->Write([&](Poco::Data::Session& session) -> Result<uint64_t> {
    const auto fresh = ports::CheckKinds(ReadKinds(session, tenant), items, "items");
    if (!fresh) return Fail(fresh.error());
    uint64_t epoch = ReadEpoch(session, tenant);
    ItemRows rows;
    for (const auto& item : items) {
      if (auto added = rows.Add(item, ++epoch); !added) return Fail(added.error());
    }
    AddKinds(session, tenant, *fresh);
    WriteItems(session, tenant, rows, impl_->clock.now_ms());
    WriteEpoch(session, tenant, epoch);
    return epoch;
  });
}

Result<uint64_t> SqliteCatalogueStore::Modify(std::string_view tenant_name, const model::ItemKey& item,
                                              const ports::ItemEdit& edit) {
  const std::string tenant(tenant_name);
  return impl_->Write([&](Poco::Data::Session& session) -> Result<uint64_t> {
    auto stored = ReadItem(session, tenant, item).Found();
    if (!stored) return Fail(stored.error());
    const auto edited = edit(std::move(*stored));
    if (!edited) return Fail(edited.error());
    const auto fresh = ports::CheckKinds(ReadKinds(session, tenant), {&*edited, 1}, "");
    if (!fresh) return Fail(fresh.error());
    const uint64_t epoch = ReadEpoch(session, tenant) + 1;
    ItemRows rows;
    if (auto added = rows.Add(*edited, epoch); !added) return Fail(added.error());
    AddKinds(session, tenant, *fresh);
    WriteItems(session, tenant, rows, impl_->clock.now_ms());
    WriteEpoch(session, tenant, epoch);
    return epoch;
  });
}

Result<uint64_t> SqliteCatalogueStore::Delete(std::string_view tenant_name, const model::ItemKey& item) {
  const std::string tenant(tenant_name);
  return impl_->Write([&](Poco::Data::Session& session) -> Result<uint64_t> {
    const ItemRows stored = ReadItem(session, tenant, item);
    if (!stored.ids.empty() && stored.deleted[0]) return ports::NoSuchItem(item);
    const uint64_t epoch = ReadEpoch(session, tenant) + 1;
    WriteItems(session, tenant, ports::DeletedRow(item, epoch), impl_->clock.now_ms());
    WriteEpoch(session, tenant, epoch);
    return epoch;
  });
}

Result<std::optional<model::Item>> SqliteCatalogueStore::Get(std::string_view tenant_name,
                                                             const model::ItemKey& item) const {
  return impl_->Read([&](Poco::Data::Session& session) -> Result<std::optional<model::Item>> {
    return ReadItem(session, std::string(tenant_name), item).Found();
  });
}

Result<ports::ItemPage> SqliteCatalogueStore::List(std::string_view tenant_name, std::string_view cursor,
                                                   size_t limit) const {
  model::ItemKey after{"", ""};
  if (!cursor.empty()) {
    auto decoded = ports::DecodeCursor(cursor);
    if (!decoded) return Fail(decoded.error());
    after = std::move(*decoded);
  }
  return impl_->Read([&](Poco::Data::Session& session) -> Result<ports::ItemPage> {
    // One more than asked for tells whether there is a next page.
    const ItemRows rows = ReadPage(session, std::string(tenant_name), after, Bounded(limit) + 1);
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

Result<std::vector<model::ItemChange>> SqliteCatalogueStore::Changes(std::string_view tenant_name,
                                                                     uint64_t after, size_t limit) const {
  return impl_->Read([&](Poco::Data::Session& session) -> Result<std::vector<model::ItemChange>> {
    const ItemRows rows = ReadChanges(session, std::string(tenant_name), Bounded(after), Bounded(limit));
    return ports::ToChanges(rows);
  });
}

Result<uint64_t> SqliteCatalogueStore::Epoch(std::string_view tenant_name) const {
  return impl_->Read([&](Poco::Data::Session& session) -> Result<uint64_t> {
    return ReadEpoch(session, std::string(tenant_name));
  });
}

Result<std::map<std::string, model::AttributeKind>> SqliteCatalogueStore::Kinds(
    std::string_view tenant_name) const {
  return impl_->Read(
      [&](Poco::Data::Session& session) -> Result<std::map<std::string, model::AttributeKind>> {
        return ReadKinds(session, std::string(tenant_name)).attributes;
      });
}

}  // namespace signalbox::sqlite
