// Throws from the hook that its configuration names.
#include <stdexcept>

#include "signalbox/plugin.hpp"

namespace {

class Throwing final : public signalbox::Plugin {
 public:
  static constexpr auto kName = "throwing", kVersion = "1.0.0", kConfigSchema = R"({"properties": {
    "where": {"type": "string", "enum": ["create", "update", "begin", "candidates", "nothing"], "default": "nothing"},
    "limit": {"type": "integer", "minimum": 1, "maximum": 10, "default": 3}}})";

  Throwing(signalbox::Host, const signalbox::Config& config) : where_(config.text("where")) { At("create"); }
  void Update(const signalbox::Events&) override { At("update"); }
  std::unique_ptr<signalbox::Scratch> Begin(const signalbox::Request&) const override {
    At("begin");
    return nullptr;
  }
  void Candidates(const signalbox::Request&, signalbox::CandidateSink& sink) const override {
    sink.Add(1, 1);
    At("candidates");
  }

 private:
  void At(const char* here) const {
    if (where_ == here) throw std::runtime_error(std::string("thrown in ") + here);
  }
  std::string where_;
};

}  // namespace

SIGNALBOX_PLUGIN(Throwing)
