// An instance's configuration, checked against its plugin's JSON Schema.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "signalbox/plugin_abi.h"

namespace signalbox::signals {

// Defaults filled in, in the form the ABI hands over. Not movable while a view of it lives.
class PluginConfig {
 public:
  // schema: the plugin's, may be null (then no key is known). json: an object's text.
  // Errors: kInvalidArgument, naming the key and the fix; of an unusable schema, naming the schema.
  static Result<PluginConfig> Parse(const char* schema, std::string_view json);

  // Views into this object and into `instance`.
  class View {
   public:
    View(const PluginConfig& config, std::string_view instance);
    const sb_config& raw() const { return raw_; }

   private:
    std::vector<sb_setting> settings_;
    sb_config raw_{};
  };

  const std::string& json() const { return json_; }  // the whole, keys sorted
  // Only what needs a new state when it changes ("x-signalbox" is not "score"); keys sorted.
  const std::string& state_json() const { return state_json_; }

 private:
  struct Setting {
    std::string key;
    int32_t kind;
    std::string text;
    double number;
  };
  std::vector<Setting> settings_;
  std::string json_;
  std::string state_json_;
};

// The candidate with the fewest edits (Levenshtein) from `word`; "" = none within half its length.
std::string NearestWord(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace signalbox::signals
