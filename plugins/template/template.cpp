// Template: how often an item was touched lately, as a starting point for a signal of your own.
#include "signalbox/plugin.hpp"

namespace {

// score(item) = sum of the weights of its events, each halved every half_life_hours.
class Template final : public signalbox::Plugin {
 public:
  static constexpr auto kName = "template", kVersion = "0.1.0", kFamily = "popularity", kConfigSchema = R"({
    "type": "object",
    "properties": {
      "half_life_hours": {
        "type": "number", "exclusiveMinimum": 0, "default": 72, "x-signalbox": "state",
        "description": "After this many hours an event counts half."
      }
    }
  })";

  Template(signalbox::Host host, const signalbox::Config& config)
      : touches_(host.OpenCounter("touches", {.half_life_hours = config.number("half_life_hours")})) {}

  void Update(const signalbox::Events& events) override {
    touches_.Add(events.items(), events.weights(), events.times_ms());
  }
  void Candidates(const signalbox::Request& request, signalbox::CandidateSink& sink) const override {
    sink.AddAll(touches_.Top(request.quota(), request.eligible(), request.now_ms()));
  }
  void Score(const signalbox::Request& request, std::span<const signalbox::Item> items,
             std::span<float> scores) const override {
    touches_.Read(items, scores, request.now_ms());
  }
  void Explain(const signalbox::Request& request, signalbox::Item item,
               signalbox::Explanation& explanation) const override {
    if (touches_.Value(item, request.now_ms()) > 0) explanation.SetReason("popular right now");
  }

 private:
  signalbox::Counter touches_;
};

}  // namespace

SIGNALBOX_PLUGIN(Template)
