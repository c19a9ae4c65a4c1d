// What every kind of managed table has in common: options, snapshots, export.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/epoch.hpp"
#include "ports/item_index.hpp"
#include "signalbox/plugin_abi.h"

namespace signalbox::signals {

struct TableOptions {
  sb_table_kind kind;
  std::string name;
  bool dense;  // keys are items
  uint32_t capacity;
  double half_life_ms;

  bool operator==(const TableOptions&) const = default;
};

// A table's content at one moment; holds an epoch pin, so it is short-lived.
class FrozenTable {
 public:
  virtual ~FrozenTable() = default;
  virtual Result<void> Write(ByteSink& sink) const = 0;
};

// Threads: const members from any thread, under an epoch pin; the rest from one writer.
// Lifetime: epochs and items outlive it.
class Table {
 public:
  explicit Table(TableOptions options) : options_(std::move(options)) {}
  virtual ~Table() = default;

  const TableOptions& options() const { return options_; }

  // What was added becomes visible to readers on other threads; replaced memory is retired.
  virtual void EndBatch() = 0;
  // Forgets a visitor: rows of that key (hash keys), and recent entries of that member.
  virtual void Forget(uint64_t user) = 0;
  // Takes a few milliseconds for a million keys; no update runs meanwhile.
  virtual std::unique_ptr<FrozenTable> Freeze() = 0;
  // On a fresh table. Errors: kDataLoss.
  virtual Result<void> Restore(ByteSource& source) = 0;
  // One line per entry, ids in place of handles: "<table> <key> ... <value>".
  virtual void Export(const ports::ItemIndex& items, std::vector<std::string>* lines) const = 0;
  virtual size_t memory_bytes() const = 0;

 private:
  TableOptions options_;
};

// "type/id" of an item key, the number of a hash key.
std::string KeyText(const ports::ItemIndex& items, bool dense, uint64_t key);
std::string ItemText(const ports::ItemIndex& items, uint64_t item);
// value * 2^exponent with 6 digits, the same for equal products: "1.5p12".
std::string AmountText(double value, int64_t exponent);

// Creates an empty table of the kind.
std::unique_ptr<Table> MakeTable(TableOptions options, EpochDomain& epochs, const ports::ItemIndex& items);

}  // namespace signalbox::signals
