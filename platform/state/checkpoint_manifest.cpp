// The manifest as JSON with a checksum of its own.
#include "state/checkpoint_manifest.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "state/section_file.hpp"

namespace signalbox::state {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kSequenceDigits = 20;

std::string Hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, value);
  return text;
}

// False = not hexadecimal.
bool ParseHex(std::string_view text, uint64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value, 16);
  return error == std::errc() && end == text.data() + text.size();
}

std::string ChecksumOf(json document) {
  document.erase("checksum");
  const std::string text = document.dump();
  return Hex(Checksum64(text.data(), text.size()));
}

tl::unexpected<Error> Damaged(std::string message) {
  return Fail(Error(Code::kDataLoss, std::move(message))
                  .WithHint("Remove this checkpoint; the one before it and the log bring the state back."));
}

HashKey ParseHashKey(const std::string& text) {
  HashKey key{};
  uint64_t half = 0;
  for (size_t i = 0; i < 2 && text.size() == 32 && ParseHex(std::string_view(text).substr(i * 16, 16), &half);
       ++i) {
    for (size_t byte = 0; byte < 8; ++byte) key[i * 8 + byte] = static_cast<uint8_t>(half >> (56 - 8 * byte));
  }
  return key;
}

std::string FormatHashKey(const HashKey& key) {
  std::string text;
  for (const uint8_t byte : key) text += Hex(byte).substr(14);
  return text;
}

ManifestDocument FromJson(const json& document) {
  ManifestDocument parsed;
  auto& manifest = parsed.manifest;
  manifest.format = document.at("format");
  manifest.sequence = document.at("sequence");
  manifest.created_ms = document.at("created_ms");
  manifest.offsets = document.at("offsets").get<model::Offsets>();
  manifest.last_checksums = document.at("last_checksums").get<std::vector<uint32_t>>();
  manifest.hash_key = ParseHashKey(document.at("hash_key"));
  manifest.properties = document.at("properties").get<std::map<std::string, std::string>>();
  for (const auto& [name, entry] : document.at("sections").items()) {
    auto& section = parsed.sections[name];
    section.size = entry.at("size");
    section.file = entry.value("file", name + ".bin");
    if (!ParseHex(entry.at("checksum").get<std::string>(), &section.checksum)) {
      throw json::other_error::create(501, "checksum of " + name, nullptr);
    }
  }
  return parsed;
}

Result<std::string> Migrate(std::string text, int format, const std::vector<CheckpointMigration>& migrations,
                            std::vector<CheckpointMigration>* used) {
  for (; format < kCheckpointFormat; ++format) {
    const auto found =
        std::find_if(migrations.begin(), migrations.end(),
                     [format](const CheckpointMigration& migration) { return migration.from == format; });
    if (found == migrations.end()) {
      return Fail(Error(Code::kInvalidArgument, "the checkpoint has format " + std::to_string(format) +
                                                    ", which this version cannot bring up")
                      .WithHint("Remove the checkpoint; the state is rebuilt from the log."));
    }
    auto migrated = found->manifest(text);
    if (!migrated) return migrated;
    text = std::move(*migrated);
    used->push_back(*found);
  }
  return text;
}

}  // namespace

const std::vector<CheckpointMigration>& CheckpointMigrations() {
  // Format 1 is the first.
  static const std::vector<CheckpointMigration> none;
  return none;
}

bool IsSectionName(const std::string& name) {
  const bool characters = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '/' || c == '-';
  });
  const std::string framed = "/" + name + "/";
  return characters && framed.find("//") == std::string::npos && framed.find("/./") == std::string::npos &&
         framed.find("/../") == std::string::npos;
}

std::string EncodeManifest(const ManifestDocument& document) {
  const auto& manifest = document.manifest;
  json sections = json::object();
  for (const auto& [name, section] : document.sections) {
    sections[name] = {{"size", section.size}, {"checksum", Hex(section.checksum)}};
  }
  json encoded = {{"format", manifest.format},
                  {"sequence", manifest.sequence},
                  {"created_ms", manifest.created_ms},
                  {"offsets", manifest.offsets},
                  {"last_checksums", manifest.last_checksums},
                  {"hash_key", FormatHashKey(manifest.hash_key)},
                  {"properties", manifest.properties},
                  {"sections", std::move(sections)}};
  encoded["checksum"] = ChecksumOf(encoded);
  return encoded.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<int> FormatOf(const std::string& text) {
  const json document = json::parse(text, nullptr, false);
  const auto format = document.is_object() ? document.find("format") : document.end();
  if (!document.is_object() || format == document.end() || !format->is_number_integer()) {
    return Damaged("the manifest is not JSON with a format");
  }
  const auto checksum = document.find("checksum");
  if (checksum != document.end() && *checksum != ChecksumOf(document))
    return Damaged("the manifest's checksum is wrong");
  return format->get<int>();
}

Result<ManifestDocument> DecodeManifest(const std::string& text) {
  try {
    return FromJson(json::parse(text));
  } catch (const json::exception& error) {
    return Damaged(std::string("the manifest cannot be read: ") + error.what());
  }
}

std::vector<uint64_t> CheckpointSequences(const std::string& dir) {
  std::vector<uint64_t> sequences;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename();
    uint64_t sequence = 0;
    const auto [last, problem] = std::from_chars(name.data(), name.data() + name.size(), sequence);
    if (name.size() == kSequenceDigits && problem == std::errc() && last == name.data() + name.size()) {
      sequences.push_back(sequence);
    }
  }
  std::sort(sequences.rbegin(), sequences.rend());
  return sequences;
}

std::string CheckpointPath(const std::string& dir, uint64_t sequence) {
  const std::string digits = std::to_string(sequence);
  return dir + "/" + std::string(kSequenceDigits - digits.size(), '0') + digits;
}

Result<ManifestDocument> LoadCheckpoint(const std::string& path,
                                        const std::vector<CheckpointMigration>& migrations,
                                        std::vector<CheckpointMigration>* used) {
  auto text = ReadSmallFile(path + "/" + kManifestName);
  if (!text) return Damaged("the checkpoint was not finished: " + text.error().message());
  const auto format = FormatOf(*text);
  if (!format) return Fail(format.error());
  if (*format > kCheckpointFormat) {
    return Fail(Error(Code::kInvalidArgument, path + ": format " + std::to_string(*format) +
                                                  " is newer than this version's " +
                                                  std::to_string(kCheckpointFormat))
                    .WithHint("Start the newer version, or remove the checkpoint to rebuild from the log."));
  }
  auto current = Migrate(std::move(*text), *format, migrations, used);
  if (!current) return Fail(current.error());
  auto document = DecodeManifest(*current);
  if (!document) return document;
  for (const auto& [name, section] : document->sections) {
    std::error_code error;
    const auto size = fs::file_size(path + "/" + section.file, error);
    if (error || size != section.size) return Damaged(section.file + " is missing or has the wrong size");
  }
  return document;
}

}  // namespace signalbox::state
