// Appending JSON.
#include "serve/contribution_writer.hpp"

#include "ports/http.hpp"
#include "serve/json_append.hpp"

namespace signalbox::serve {

using ports::AppendJsonText;

void AppendTexts(const std::vector<std::string>& texts, std::string* out) {
  AppendList(texts, out, [&](const std::string& text) { AppendJsonText(text, out); });
}

void AppendContribution(const model::SignalContribution& part, std::string* out) {
  out->append("{\"signal\":");
  AppendJsonText(part.signal, out);
  out->append(",\"raw\":");
  AppendFloat(part.raw, out);
  out->append(",\"normalised\":");
  AppendFloat(part.normalised, out);
  out->append(",\"weight\":");
  AppendFloat(part.weight, out);
  out->append(",\"contribution\":");
  AppendFloat(part.contribution, out);
  if (!part.text.empty()) {
    out->append(",\"text\":");
    AppendJsonText(part.text, out);
  }
  if (!part.because.empty()) {
    out->append(",\"because\":");
    AppendList(part.because, out, [&](const model::ItemKey& key) {
      AppendItem(key.type, key.id, out);
      out->push_back('}');
    });
  }
  out->push_back('}');
}

void AppendContributions(const std::vector<model::SignalContribution>& parts, std::string* out) {
  AppendList(parts, out, [&](const model::SignalContribution& part) { AppendContribution(part, out); });
}

}  // namespace signalbox::serve
