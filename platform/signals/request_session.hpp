// One request's calls into the signals.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/epoch.hpp"
#include "signals/instance.hpp"
#include "signals/signal_set.hpp"

namespace signalbox::signals {

// Takes candidates from a plugin: known, eligible, finite, each item once.
class CandidateFilter {
 public:
  CandidateFilter(const sb_request& request, uint32_t known_items, std::vector<sb_item>* items,
                  std::vector<float>* scores);

  void Add(const sb_item* items, const float* scores, size_t count);
  bool saw_infinity() const { return saw_infinity_; }

 private:
  bool First(sb_item item);
  void Grow();

  const sb_request& request_;
  uint32_t known_items_;
  std::vector<sb_item>* items_;
  std::vector<float>* scores_;
  std::vector<sb_item> seen_;  // open addressing; SB_NO_ITEM = free
  size_t seen_count_ = 0;
  bool saw_infinity_ = false;
};

class PinnedRequestSession final : public RequestSession {
 public:
  PinnedRequestSession(std::span<const std::unique_ptr<Instance>> signals, const sb_request& request,
                       EpochDomain& epochs);
  ~PinnedRequestSession() override;

  bool Candidates(size_t index, uint32_t quota, std::vector<sb_item>* items,
                  std::vector<float>* scores) override;
  bool Score(size_t index, std::span<const sb_item> items, std::span<float> scores) override;
  bool Explain(size_t index, sb_item item, sb_explanation* explanation) override;

 private:
  enum class Stage : uint8_t { kFresh, kBegun, kFailed };
  struct Part {
    Stage stage = Stage::kFresh;
    void* scratch = nullptr;
  };
  // False = quarantined, or begin failed.
  bool Ready(size_t index);
  // Runs candidates or score and holds it to the budget.
  template <typename Body>
  bool Timed(Instance& signal, const char* hook, Body body);
  int64_t WaitedSince();
  bool FillAll(size_t index, std::span<const sb_item> items, std::span<float> scores);

  std::span<const std::unique_ptr<Instance>> signals_;
  sb_request request_;
  EpochDomain::Pin pin_;
  std::vector<Part> parts_;
  int64_t waited_us_ = -1;  // for a processor, when last asked; -1 = not asked
  std::vector<sb_item> open_items_;
  std::vector<float> open_scores_;
};

}  // namespace signalbox::signals
