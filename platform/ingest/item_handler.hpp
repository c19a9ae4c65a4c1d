// The catalogue's routes: /items and /items/{id}.
#pragma once

#include <string>

#include "ingest/batch_results.hpp"
#include "ingest/ingest_routes.hpp"
#include "model/item.hpp"

namespace signalbox::ingest {

inline constexpr size_t kMaxItems = 1000;
inline constexpr size_t kDefaultPage = 100;
inline constexpr size_t kMaxPage = 1000;

// Calls the store on the handler's thread. A batch is atomic per item: those refused are named,
// the others are written in one transaction. Threads: any.
class ItemHandler {
 public:
  explicit ItemHandler(IngestDeps deps) : deps_(std::move(deps)) {}

  void Post(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void List(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void Get(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void Patch(std::string tenant, ports::HttpRequest request, ports::Responder respond);
  void Delete(std::string tenant, ports::HttpRequest request, ports::Responder respond);

 private:
  // Writes what the store takes; items[i] belongs to (*results)[of[i]].
  void Write(const std::string& tenant, std::vector<model::Item> items, std::vector<size_t> of,
             std::vector<ElementResult>* results);
  void Changed(const std::string& tenant, uint64_t epoch) const;

  const IngestDeps deps_;
};

}  // namespace signalbox::ingest
