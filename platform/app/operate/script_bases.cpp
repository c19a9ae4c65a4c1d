// A small JSON file, replaced as a whole.
#include "app/operate/script_bases.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

namespace signalbox::app {
namespace {

nlohmann::json Load(const std::string& path) {
  std::ifstream file(path);
  auto parsed = nlohmann::json::parse(file, nullptr, false);
  return parsed.is_object() ? parsed : nlohmann::json::object();
}

}  // namespace

ScriptBases::ScriptBases(const std::string& folder, std::string url)
    : path_((folder.empty() ? "." : folder) + "/.signalbox/bases.json"), url_(std::move(url)) {}

std::optional<uint64_t> ScriptBases::Find(const std::string& name) const {
  const auto bases = Load(path_);
  if (!bases.contains(url_) || !bases[url_].is_object() || !bases[url_].contains(name)) return std::nullopt;
  const auto& number = bases[url_][name];
  return number.is_number_unsigned() ? std::optional(number.get<uint64_t>()) : std::nullopt;
}

Result<void> ScriptBases::Record(const std::string& name, uint64_t number) {
  auto bases = Load(path_);
  bases[url_][name] = number;
  const std::filesystem::path path(path_);
  std::error_code failed;
  std::filesystem::create_directories(path.parent_path(), failed);
  const std::string fresh = path_ + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << bases.dump(2) << "\n";
  file.close();
  if (file) std::filesystem::rename(fresh, path, failed);
  if (!file || failed) return Fail(Code::kUnavailable, "cannot write " + path_ + "; check the folder");
  return {};
}

}  // namespace signalbox::app
