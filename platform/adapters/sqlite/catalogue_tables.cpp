// The SQL of the catalogue.
#include "adapters/sqlite/catalogue_tables.hpp"

#include <Poco/Data/LOB.h>
#include <Poco/Data/Statement.h>

namespace signalbox::sqlite {

using namespace Poco::Data::Keywords;
using Poco::Data::BLOB;
using Poco::Data::Session;
using Poco::Data::Statement;

namespace {

constexpr char kColumns[] = "SELECT type, id, attributes, vectors, epoch, deleted, added_ms FROM items ";

BLOB ToBlob(const std::string& bytes) {
  return BLOB(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

// Runs a statement that selects kColumns.
ItemRows Fetch(Statement& select) {
  ItemRows rows;
  std::vector<BLOB> vectors;
  std::vector<Poco::UInt64> epochs;
  std::vector<int> deleted;
  std::vector<Poco::Int64> added_ms;
  select, into(rows.types), into(rows.ids), into(rows.attributes), into(vectors), into(epochs), into(deleted),
      into(added_ms);
  select.execute();
  for (const auto& blob : vectors) {
    rows.vectors.emplace_back(reinterpret_cast<const char*>(blob.rawContent()), blob.size());
  }
  rows.epochs.assign(epochs.begin(), epochs.end());
  rows.deleted.assign(deleted.begin(), deleted.end());
  rows.added_ms.assign(added_ms.begin(), added_ms.end());
  return rows;
}

}  // namespace

const std::vector<std::vector<std::string>>& CatalogueMigrations() {
  static const std::vector<std::vector<std::string>> kSteps = {
      {
          // vectors: NULL = none, as Poco binds empty bytes
          "CREATE TABLE items (tenant TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, epoch BIGINT NOT "
          "NULL,"
          " deleted INTEGER NOT NULL, attributes TEXT NOT NULL, vectors BLOB,"
          " PRIMARY KEY (tenant, type, id))",
          "CREATE UNIQUE INDEX items_by_epoch ON items (tenant, epoch)",
          "CREATE TABLE catalogue_epochs (tenant TEXT NOT NULL PRIMARY KEY, epoch BIGINT NOT NULL)",
          // kind: model::AttributeKind
          "CREATE TABLE attribute_kinds (tenant TEXT NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL,"
          " PRIMARY KEY (tenant, name))",
          "CREATE TABLE vector_dimensions (tenant TEXT NOT NULL, name TEXT NOT NULL, dimension INTEGER NOT "
          "NULL,"
          " PRIMARY KEY (tenant, name))",
      },
      {
          // What is there already counts as added when the tables were last changed before.
          "ALTER TABLE items ADD COLUMN added_ms BIGINT NOT NULL DEFAULT 0",
          "UPDATE items SET added_ms = (SELECT max(applied_ms) FROM schema_migrations)",
      }};
  return kSteps;
}

ports::CatalogueKinds ReadKinds(Session& session, std::string tenant) {
  std::vector<std::string> attributes, vectors;
  std::vector<int> kinds;
  std::vector<Poco::UInt32> dimensions;
  session << "SELECT name, kind FROM attribute_kinds WHERE tenant = ?", use(tenant), into(attributes),
      into(kinds), now;
  session << "SELECT name, dimension FROM vector_dimensions WHERE tenant = ?", use(tenant), into(vectors),
      into(dimensions), now;
  ports::CatalogueKinds read;
  for (size_t i = 0; i < attributes.size(); ++i) {
    read.attributes.emplace(attributes[i], static_cast<model::AttributeKind>(kinds[i]));
  }
  for (size_t i = 0; i < vectors.size(); ++i) read.dimensions.emplace(vectors[i], dimensions[i]);
  return read;
}

void AddKinds(Session& session, std::string tenant, const ports::CatalogueKinds& fresh) {
  for (auto [name, kind] : fresh.attributes) {
    int number = static_cast<int>(kind);
    session << "INSERT INTO attribute_kinds VALUES (?, ?, ?)", use(tenant), bind(name), use(number), now;
  }
  for (auto [name, size] : fresh.dimensions) {
    Poco::UInt32 dimension = size;
    session << "INSERT INTO vector_dimensions VALUES (?, ?, ?)", use(tenant), bind(name), use(dimension), now;
  }
}

uint64_t ReadEpoch(Session& session, std::string tenant) {
  Poco::UInt64 epoch = 0;
  session << "SELECT coalesce(max(epoch), 0) FROM catalogue_epochs WHERE tenant = ?", use(tenant),
      into(epoch), now;
  return epoch;
}

void WriteEpoch(Session& session, std::string tenant, uint64_t epoch) {
  Poco::UInt64 value = epoch;
  session << "INSERT INTO catalogue_epochs VALUES (?, ?)"
             " ON CONFLICT (tenant) DO UPDATE SET epoch = excluded.epoch",
      use(tenant), use(value), now;
}

void WriteItems(Session& session, std::string tenant, const ItemRows& rows, int64_t now_ms) {
  std::string type, id, attributes;
  BLOB vectors;
  Poco::UInt64 epoch = 0;
  int deleted = 0;
  Poco::Int64 added_ms = now_ms;
  Statement insert(session);
  insert
      << "INSERT INTO items (tenant, type, id, epoch, deleted, attributes, vectors, added_ms)"
         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
         " ON CONFLICT (tenant, type, id) DO UPDATE SET epoch = excluded.epoch, deleted = excluded.deleted,"
         " attributes = excluded.attributes, vectors = excluded.vectors,"
         " added_ms = CASE WHEN items.deleted = 1 THEN excluded.added_ms ELSE items.added_ms END",
      use(tenant), use(type), use(id), use(epoch), use(deleted), use(attributes), use(vectors), use(added_ms);
  for (size_t i = 0; i < rows.ids.size(); ++i) {
    type = rows.types[i];
    id = rows.ids[i];
    epoch = rows.epochs[i];
    deleted = rows.deleted[i] ? 1 : 0;
    attributes = rows.attributes[i];
    vectors = ToBlob(rows.vectors[i]);
    insert.execute();
  }
}

ItemRows ReadItem(Session& session, std::string tenant, model::ItemKey key) {
  Statement select(session);
  select << std::string(kColumns) + "WHERE tenant = ? AND type = ? AND id = ?", use(tenant), use(key.type),
      use(key.id);
  return Fetch(select);
}

ItemRows ReadPage(Session& session, std::string tenant, model::ItemKey after, uint64_t limit) {
  Poco::UInt64 count = limit;
  Statement select(session);
  select << std::string(kColumns) +
                "WHERE tenant = ? AND (type, id) > (?, ?) AND deleted = 0 ORDER BY type, id LIMIT ?",
      use(tenant), use(after.type), use(after.id), use(count);
  return Fetch(select);
}

ItemRows ReadChanges(Session& session, std::string tenant, uint64_t after, uint64_t limit) {
  Poco::UInt64 epoch = after, count = limit;
  Statement select(session);
  select << std::string(kColumns) + "WHERE tenant = ? AND epoch > ? ORDER BY epoch LIMIT ?", use(tenant),
      use(epoch), use(count);
  return Fetch(select);
}

}  // namespace signalbox::sqlite
