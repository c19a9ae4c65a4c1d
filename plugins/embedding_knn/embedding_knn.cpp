// Embedding KNN: items whose vectors are near to what the visitor lately saw, or to the page's item.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "item_vectors.hpp"
#include "neighbour_cache.hpp"
#include "profile.hpp"
#include "signalbox/plugin.hpp"
#include "vector_index.hpp"

namespace {

using namespace signalbox::embedding_knn;  // NOLINT: this file is the plugin's face
using signalbox::Item;

// What a request's hooks share: one view, so that they agree, and the visitor's profile.
struct Visit final : signalbox::Scratch {
  std::shared_ptr<const IndexView> view;
  Profile profile;
};

class FrozenIndex final : public signalbox::FrozenState {
 public:
  explicit FrozenIndex(VectorIndex::Frozen frozen) : frozen_(std::move(frozen)) {}
  void Write(signalbox::Writer& writer) const override { VectorIndex::Write(frozen_, writer); }

 private:
  VectorIndex::Frozen frozen_;
};

IndexOptions ReadIndexOptions(const signalbox::Config& config) {
  IndexOptions options;
  options.graph.dimension = static_cast<uint32_t>(config.integer("dimension"));
  options.graph.links = static_cast<uint32_t>(config.integer("links"));
  options.graph.ef_construction = static_cast<uint32_t>(config.integer("ef_construction"));
  options.tail_limit = static_cast<uint32_t>(config.integer("tail_limit"));
  options.build_threads = static_cast<uint32_t>(config.integer("build_threads"));
  return options;
}

class EmbeddingKnn final : public signalbox::Plugin {
 public:
  static constexpr auto kName = "embedding_knn", kVersion = "1.0.0", kFamily = "content";
  static constexpr uint32_t kStateVersion = 1;
  static constexpr auto kConfigSchema = R"({
    "type": "object", "additionalProperties": false,
    "properties": {
      "vector": {"type": "string", "default": "embedding", "x-signalbox": "state",
        "description": "Name of the vector that items are posted with."},
      "dimension": {"type": "integer", "minimum": 4, "maximum": 4096, "default": 64, "x-signalbox": "state",
        "description": "Dimension of the index. Shorter given vectors are padded, longer ones folded."},
      "title_weight": {"type": "number", "minimum": 0, "maximum": 100, "default": 1, "x-signalbox": "state",
        "description": "What the title's words count in a vector made from attributes."},
      "category_weight": {"type": "number", "minimum": 0, "maximum": 100, "default": 2, "x-signalbox": "state"},
      "brand_weight": {"type": "number", "minimum": 0, "maximum": 100, "default": 1, "x-signalbox": "state"},
      "list_weight": {"type": "number", "minimum": 0, "maximum": 100, "default": 1, "x-signalbox": "state",
        "description": "What each list attribute counts, such as genres or tags."},
      "links": {"type": "integer", "minimum": 4, "maximum": 64, "default": 16, "x-signalbox": "state",
        "description": "HNSW's M: links of a node."},
      "ef_construction": {"type": "integer", "minimum": 8, "maximum": 2000, "default": 200,
        "x-signalbox": "state", "description": "Candidates looked at when a node is inserted."},
      "ef_search": {"type": "integer", "minimum": 8, "maximum": 4000, "default": 100, "x-signalbox": "score",
        "description": "Candidates looked at in a search; at least as many as are wanted."},
      "neighbours": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100, "x-signalbox": "score",
        "description": "Neighbours found of an item, the most candidates a request gets."},
      "candidates_by": {"type": "string", "enum": ["last_item", "profile"], "default": "last_item",
        "x-signalbox": "score", "description": "Without a page's item: the neighbours of the newest item of the history, from the cache, or a search with the whole profile."},
      "history": {"type": "integer", "minimum": 1, "maximum": 50, "default": 10, "x-signalbox": "score",
        "description": "The newest events that make the profile."},
      "history_decay": {"type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 0.8,
        "x-signalbox": "score", "description": "What each older event counts of the one after it."},
      "weigh_events": {"type": "boolean", "default": true, "x-signalbox": "score",
        "description": "Whether a purchase counts more than a view."},
      "context_weight": {"type": "number", "minimum": 0, "maximum": 1000, "default": 3,
        "x-signalbox": "score", "description": "What the page's item counts in the profile."},
      "cache_items": {"type": "integer", "minimum": 0, "maximum": 10000000, "default": 4096,
        "x-signalbox": "score", "description": "Items whose neighbours are kept."},
      "tail_limit": {"type": "integer", "minimum": 64, "maximum": 16384, "default": 4096,
        "x-signalbox": "score", "description": "New items scanned exactly; the graph is built anew at half of it."},
      "build_threads": {"type": "integer", "minimum": 1, "maximum": 16, "default": 1, "x-signalbox": "score",
        "description": "Threads that build the graph; with more than one it differs a little from run to run."}
    }})";

  EmbeddingKnn(signalbox::Host host, const signalbox::Config& config)
      : host_(host),
        item_options_{config.text("vector"),         static_cast<size_t>(config.integer("dimension")),
                      config.number("title_weight"), config.number("category_weight"),
                      config.number("brand_weight"), config.number("list_weight")},
        profile_options_{static_cast<size_t>(config.integer("history")), config.number("history_decay"),
                         config.flag("weigh_events"), config.number("context_weight")},
        ef_search_(static_cast<size_t>(config.integer("ef_search"))),
        neighbours_(static_cast<size_t>(config.integer("neighbours"))),
        by_profile_(config.text("candidates_by") == "profile"),
        index_(ReadIndexOptions(config)),
        cache_(std::make_unique<NeighbourCache>(static_cast<size_t>(config.integer("cache_items")))) {}

  void ItemsChanged(const signalbox::Items& upserts, std::span<const Item> deletes) override {
    ItemVectors vectors(item_options_, upserts);
    WarnIfFolded(vectors.folded_from());
    for (size_t i = 0; i < upserts.size(); ++i) {
      const std::span<const float> vector = vectors.Make(i);
      if (vector.empty()) {
        index_.Remove(upserts.items()[i]);
      } else {
        index_.Put(upserts.items()[i], vector.data());
      }
    }
    for (const Item item : deletes) index_.Remove(item);
    index_.Publish();
  }

  bool Maintain(int64_t budget_us) override {
    const bool more = index_.Maintain(budget_us);
    host_.SetMetric("items", static_cast<double>(index_.size()));
    host_.SetMetric("graph_bytes", static_cast<double>(index_.memory_bytes()));
    host_.SetMetric("graph_building", index_.building() ? 1 : 0);
    return more;
  }

  std::unique_ptr<signalbox::Scratch> Begin(const signalbox::Request& request) const override {
    auto visit = std::make_unique<Visit>();
    visit->view = index_.view();
    visit->profile = MakeProfile(*visit->view, profile_options_, request.history(), request.context_item());
    return visit;
  }

  void Candidates(const signalbox::Request& request, signalbox::CandidateSink& sink) const override {
    const Visit& visit = *request.scratch<Visit>();
    if (visit.profile.vector.empty()) return;
    std::vector<Item> items;
    for (const Hit& hit : FindCandidates(request, visit)) items.push_back(hit.item);
    // By the profile, as Score would: candidates of one signal must be comparable with the rest.
    std::vector<float> scores(items.size(), signalbox::kNoOpinion);
    visit.view->Score(visit.profile.vector.data(), items, scores);
    sink.AddAll(items, scores);
  }

  void Score(const signalbox::Request& request, std::span<const Item> items,
             std::span<float> scores) const override {
    const Visit& visit = *request.scratch<Visit>();
    if (!visit.profile.vector.empty()) visit.view->Score(visit.profile.vector.data(), items, scores);
  }

  void Explain(const signalbox::Request& request, Item item,
               signalbox::Explanation& explanation) const override {
    const Visit& visit = *request.scratch<Visit>();
    const float* vector = visit.view->Find(item);
    if (vector == nullptr || visit.profile.vector.empty()) return;
    std::vector<Hit> parts;
    for (const Profile::Part& part : visit.profile.parts) {
      const float* other = visit.view->Find(part.item);
      float similarity = signalbox::kNoOpinion;
      if (other != nullptr) visit.view->Score(vector, {&part.item, 1}, {&similarity, 1});
      const bool known =
          std::any_of(parts.begin(), parts.end(), [&](const Hit& hit) { return hit.item == part.item; });
      if (similarity > 0 && !known) parts.push_back({similarity, part.item});
    }
    if (parts.empty()) return;
    KeepBest(&parts, 3);
    const bool page = parts[0].item == request.context_item();
    explanation.SetReason(page ? "similar to this one" : "similar to what you looked at");
    for (const Hit& part : parts) explanation.AddItem(part.item);
  }

  std::unique_ptr<signalbox::FrozenState> Freeze() override {
    return std::make_unique<FrozenIndex>(index_.Freeze());
  }
  void Restore(uint32_t, signalbox::Reader& reader) override { index_.Read(host_.items(), reader); }

  // A checksum of each item's vector; the graph is an aid and no knowledge.
  void Export(signalbox::ExportLines& lines) const override {
    const auto view = index_.view();
    const uint32_t items = host_.items();
    for (Item item = 0; item < items; ++item) {
      const float* vector = view->Find(item);
      if (vector == nullptr) continue;
      const std::string_view bytes(reinterpret_cast<const char*>(vector), view->dimension() * sizeof(float));
      char checksum[17];
      std::snprintf(checksum, sizeof checksum, "%016llx",
                    static_cast<unsigned long long>(HashToken("vector", bytes)));
      const auto name = host_.Resolve(item);
      lines.Add(std::string(name.type) + '\t' + std::string(name.id) + '\t' + checksum);
    }
  }

 private:
  // Which items to look at; their own order does not matter.
  std::vector<Hit> FindCandidates(const signalbox::Request& request, const Visit& visit) const {
    const size_t count = std::min<size_t>(request.quota(), neighbours_);
    const signalbox::Eligible eligible = request.eligible();
    // parts[0] is the page's item if it has a vector, else the newest of the history that has one.
    const Item anchor = visit.profile.parts[0].item;
    if (by_profile_ && anchor != request.context_item()) {
      return visit.view->Search(
          {visit.profile.vector.data(), count, ef_search_, signalbox::kNoItem, eligible});
    }
    // Where most items may be shown, kept neighbours are filtered; else a search looks for
    // eligible ones alone. The choice rests on the request only, never on what is in the cache.
    if (EligibleShare(eligible) >= kOpenShare) {
      const auto kept = FindNeighbours(*visit.view, *cache_, anchor, neighbours_, ef_search_, nullptr);
      std::vector<Hit> hits;
      for (const Hit& hit : kept->hits) {
        const bool exists = visit.view->Find(hit.item) != nullptr;  // it may have been deleted since
        if (hits.size() < count && exists && eligible(hit.item)) hits.push_back(hit);
      }
      if (eligible.bits() == nullptr || hits.size() >= std::min<size_t>(count, kEnough)) return hits;
    }
    return visit.view->Search({visit.view->Find(anchor), count, ef_search_, anchor, eligible});
  }

  void WarnIfFolded(size_t dimension) {
    if (dimension == 0 || warned_) return;
    warned_ = true;
    host_.Warn("vectors of " + std::to_string(dimension) + " dimensions are folded into " +
               std::to_string(item_options_.dimension) + ", which blurs them: set dimension to " +
               std::to_string(dimension));
  }

  static constexpr size_t kEnough = 20;  // eligible neighbours that make a second look needless

  signalbox::Host host_;
  ItemVectorOptions item_options_;
  ProfileOptions profile_options_;
  size_t ef_search_;
  size_t neighbours_;
  bool by_profile_;
  bool warned_ = false;
  VectorIndex index_;
  std::unique_ptr<NeighbourCache> cache_;  // safe from any thread; not part of the state
};

}  // namespace

SIGNALBOX_PLUGIN(EmbeddingKnn)
