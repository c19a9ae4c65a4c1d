// The SQL of the catalogue.
#include "adapters/postgres/catalogue_tables.hpp"

#include <Poco/Data/LOB.h>
#include <Poco/Data/Statement.h>

#include <set>
#include <utility>

#include "adapters/postgres/arrays.hpp"

namespace signalbox::postgres {

using namespace Poco::Data::Keywords;
using Poco::Data::BLOB;
using Poco::Data::Session;
using Poco::Data::Statement;
using ports::ItemRows;

namespace {

constexpr char kColumns[] = "SELECT type, id, attributes, vectors, epoch, deleted::int, added_ms FROM items ";

// Runs a statement that selects kColumns.
ItemRows Fetch(Statement& select) {
  ItemRows rows;
  std::vector<BLOB> vectors;
  std::vector<Poco::UInt64> epochs;
  std::vector<Poco::Int32> deleted;
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

// One statement cannot write a row twice: the last of each item.
ItemRows LastOfEach(const ItemRows& rows) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  std::vector<size_t> kept;
  for (size_t i = rows.ids.size(); i-- > 0;) {
    if (seen.emplace(rows.types[i], rows.ids[i]).second) kept.push_back(i);
  }
  ItemRows last;
  for (const size_t i : kept) {
    last.types.push_back(rows.types[i]);
    last.ids.push_back(rows.ids[i]);
    last.attributes.push_back(rows.attributes[i]);
    last.vectors.push_back(rows.vectors[i]);
    last.epochs.push_back(rows.epochs[i]);
    last.deleted.push_back(rows.deleted[i]);
  }
  return last;
}

}  // namespace

const std::vector<std::string>& CatalogueMigrations() {
  // COLLATE "C": ids are compared and listed by their bytes, as everywhere else.
  static const std::vector<std::string> kSteps = {
      // attributes is no JSONB: texts may hold U+0000. kind: model::AttributeKind.
      "CREATE TABLE items (tenant TEXT COLLATE \"C\" NOT NULL, type TEXT COLLATE \"C\" NOT NULL,"
      " id TEXT COLLATE \"C\" NOT NULL, epoch BIGINT NOT NULL, deleted BOOLEAN NOT NULL,"
      " attributes TEXT NOT NULL, vectors BYTEA NOT NULL, added_ms BIGINT NOT NULL,"
      " PRIMARY KEY (tenant, type, id));"
      "CREATE UNIQUE INDEX items_by_epoch ON items (tenant, epoch);"
      "CREATE TABLE catalogue_epochs (tenant TEXT COLLATE \"C\" PRIMARY KEY, epoch BIGINT NOT NULL);"
      "CREATE TABLE attribute_kinds (tenant TEXT COLLATE \"C\" NOT NULL, name TEXT COLLATE \"C\" NOT NULL,"
      " kind BIGINT NOT NULL, PRIMARY KEY (tenant, name));"
      "CREATE TABLE vector_dimensions (tenant TEXT COLLATE \"C\" NOT NULL, name TEXT COLLATE \"C\" NOT NULL,"
      " dimension BIGINT NOT NULL, PRIMARY KEY (tenant, name))"};
  return kSteps;
}

ports::CatalogueKinds ReadKinds(Session& session, std::string tenant) {
  std::vector<std::string> attributes, vectors;
  std::vector<Poco::Int64> kinds, dimensions;
  session << "SELECT name, kind FROM attribute_kinds WHERE tenant = $1", use(tenant), into(attributes),
      into(kinds), now;
  session << "SELECT name, dimension FROM vector_dimensions WHERE tenant = $1", use(tenant), into(vectors),
      into(dimensions), now;
  ports::CatalogueKinds read;
  for (size_t i = 0; i < attributes.size(); ++i) {
    read.attributes.emplace(attributes[i], static_cast<model::AttributeKind>(kinds[i]));
  }
  for (size_t i = 0; i < vectors.size(); ++i) {
    read.dimensions.emplace(vectors[i], static_cast<uint32_t>(dimensions[i]));
  }
  return read;
}

void AddKinds(Session& session, std::string tenant, const ports::CatalogueKinds& fresh) {
  const auto add = [&](const char* table, const auto& named) {
    std::vector<std::string> names;
    std::vector<uint64_t> numbers;
    for (const auto& [name, number] : named) {
      names.push_back(name);
      numbers.push_back(static_cast<uint64_t>(number));
    }
    if (names.empty()) return;
    std::string name_array = TextArray(names), number_array = NumberArray(numbers);
    session << std::string("INSERT INTO ") + table +
                   " SELECT $1::text, fresh.* FROM unnest($2::text[], $3::bigint[]) AS fresh",
        use(tenant), use(name_array), use(number_array), now;
  };
  add("attribute_kinds", fresh.attributes);
  add("vector_dimensions", fresh.dimensions);
}

uint64_t ReadEpoch(Session& session, std::string tenant) {
  Poco::UInt64 epoch = 0;
  session << "SELECT coalesce(max(epoch), 0) FROM catalogue_epochs WHERE tenant = $1", use(tenant),
      into(epoch), now;
  return epoch;
}

uint64_t LockEpoch(Session& session, std::string tenant) {
  const auto lock = [&] {
    std::vector<Poco::UInt64> epochs;
    session << "SELECT epoch FROM catalogue_epochs WHERE tenant = $1 FOR UPDATE", use(tenant), into(epochs),
        now;
    return epochs;
  };
  if (const auto epochs = lock(); !epochs.empty()) return epochs.front();
  session << "INSERT INTO catalogue_epochs VALUES ($1, 0) ON CONFLICT DO NOTHING", use(tenant), now;
  return lock().front();
}

void WriteEpoch(Session& session, std::string tenant, uint64_t epoch) {
  Poco::UInt64 value = epoch;
  session << "UPDATE catalogue_epochs SET epoch = $2 WHERE tenant = $1", use(tenant), use(value), now;
}

void WriteItems(Session& session, std::string tenant, const ItemRows& rows, int64_t now_ms) {
  if (rows.ids.empty()) return;
  const ItemRows last = LastOfEach(rows);
  std::string types = TextArray(last.types), ids = TextArray(last.ids), epochs = NumberArray(last.epochs),
              deleted = FlagArray(last.deleted), attributes = TextArray(last.attributes),
              vectors = HexArray(last.vectors);
  Poco::Int64 added_ms = now_ms;
  session << "INSERT INTO items (tenant, type, id, epoch, deleted, attributes, vectors, added_ms)"
             " SELECT $1::text, type, id, epoch, deleted, attributes, decode(vectors, 'hex'), $8::bigint"
             " FROM unnest($2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::text[])"
             " AS fresh (type, id, epoch, deleted, attributes, vectors)"
             " ON CONFLICT (tenant, type, id) DO UPDATE SET epoch = excluded.epoch,"
             " deleted = excluded.deleted, attributes = excluded.attributes, vectors = excluded.vectors,"
             " added_ms = CASE WHEN items.deleted THEN excluded.added_ms ELSE items.added_ms END",
      use(tenant), use(types), use(ids), use(epochs), use(deleted), use(attributes), use(vectors),
      use(added_ms), now;
}

ItemRows ReadItem(Session& session, std::string tenant, model::ItemKey key) {
  Statement select(session);
  select << std::string(kColumns) + "WHERE tenant = $1 AND type = $2 AND id = $3", use(tenant), use(key.type),
      use(key.id);
  return Fetch(select);
}

ItemRows ReadPage(Session& session, std::string tenant, model::ItemKey after, uint64_t limit) {
  Poco::UInt64 count = limit;
  Statement select(session);
  select << std::string(kColumns) +
                "WHERE tenant = $1 AND (type, id) > ($2, $3) AND NOT deleted ORDER BY type, id LIMIT $4",
      use(tenant), use(after.type), use(after.id), use(count);
  return Fetch(select);
}

ItemRows ReadChanges(Session& session, std::string tenant, uint64_t after, uint64_t limit) {
  Poco::UInt64 epoch = after, count = limit;
  Statement select(session);
  select << std::string(kColumns) + "WHERE tenant = $1 AND epoch > $2 ORDER BY epoch LIMIT $3", use(tenant),
      use(epoch), use(count);
  return Fetch(select);
}

}  // namespace signalbox::postgres
