// dlopen on a content-addressed copy: replacing the original never changes what is mapped.
#include "signals/plugin_library.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/hash.hpp"

namespace signalbox::signals {

namespace {

namespace fs = std::filesystem;

Result<std::string> ReadWhole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return Fail(Code::kNotFound, path.string() +
                                     ": no such plugin; put its shared library there, or correct the "
                                     "signal's \"plugin\"");
  }
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad())
    return Fail(Code::kUnavailable, path.string() + ": cannot be read; check the disk and its rights");
  return bytes;
}

bool Holds(const fs::path& path, const std::string& bytes) {
  std::error_code ignored;
  if (fs::file_size(path, ignored) != bytes.size()) return false;
  const auto found = ReadWhole(path);
  return found && *found == bytes;
}

// The copy's path. Written aside and renamed: another process never sees half of it.
Result<fs::path> CopyOf(const std::string& bytes, const std::string& copy_dir, const std::string& plugin) {
  char hash[17];
  std::snprintf(hash, sizeof hash, "%016llx",
                static_cast<unsigned long long>(Checksum64(bytes.data(), bytes.size())));
  std::error_code failure;
  fs::create_directories(copy_dir, failure);
  const fs::path directory = fs::absolute(copy_dir, failure);
  fs::path copy = directory / (plugin + "-" + hash + ".so");
  if (Holds(copy, bytes)) return copy;
  const fs::path aside = copy.string() + "." + RandomId().substr(0, 8);
  std::ofstream(aside, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (Holds(aside, bytes)) fs::rename(aside, copy, failure);
  if (!Holds(copy, bytes)) {
    fs::remove(aside, failure);
    return Fail(Code::kUnavailable,
                copy.string() + ": cannot be written; check the disk and the folder's rights");
  }
  return copy;
}

bool HasPrivateStateHooks(const sb_plugin& table) {
  return table.freeze != nullptr && table.write_snapshot != nullptr && table.thaw != nullptr &&
         table.restore != nullptr && table.export_state != nullptr;
}

}  // namespace

bool IsPlainName(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

std::string CheckTable(const sb_plugin* table) {
  if (table == nullptr)
    return "signalbox_plugin() returned no table; return the address of a static sb_plugin";
  if (table->struct_size < offsetof(sb_plugin, state_version)) {
    return "its table's struct_size is " + std::to_string(table->struct_size) +
           "; set it to sizeof(sb_plugin)";
  }
  if (table->abi_major != SB_ABI_MAJOR) {
    return "it is built for ABI major " + std::to_string(table->abi_major) + " and this host speaks " +
           std::to_string(SB_ABI_MAJOR) + "; build it again with this release's plugin_abi.h";
  }
  // Version 1.0 is the smallest there is.
  if (table->struct_size < sizeof(sb_plugin)) {
    return "its table's struct_size is " + std::to_string(table->struct_size) + " and ABI 1.0 has " +
           std::to_string(sizeof(sb_plugin)) + "; set it to sizeof(sb_plugin)";
  }
  if (table->name == nullptr || !IsPlainName(table->name))
    return "its name must match [a-z0-9_]{1,64}; rename it";
  if (table->version == nullptr || *table->version == '\0')
    return "its version is missing; set it, as in \"1.0.0\"";
  const std::string_view family = table->family == nullptr ? "" : table->family;
  const bool known_family = family == "collaborative" || family == "content" ||
                            family == "popularity";  // not a plugin: a family's name
  if (!known_family) {
    return "its family is \"" + std::string(family) + "\"; use collaborative, content or popularity";
  }
  if (table->create == nullptr || table->destroy == nullptr)
    return "create or destroy is missing; both must be there";
  if ((table->begin == nullptr) != (table->end == nullptr))
    return "begin and end go together; give both or neither";
  if ((table->flags & SB_PLUGIN_PRIVATE_STATE) != 0 && !HasPrivateStateHooks(*table)) {
    return "it has private state and no complete snapshot; give freeze, write_snapshot, thaw, restore and "
           "export_state, or drop SB_PLUGIN_PRIVATE_STATE";
  }
  if (table->freeze != nullptr && !HasPrivateStateHooks(*table)) {
    return "freeze is there and write_snapshot, thaw, restore or export_state is not; give all of them or "
           "none";
  }
  return "";
}

Result<PluginLibrary> PluginLibrary::Load(const std::string& plugin_dir, const std::string& copy_dir,
                                          const std::string& plugin) {
  if (!IsPlainName(plugin)) {
    return Fail(Code::kInvalidArgument, "plugin \"" + plugin +
                                            "\": a plugin is named by its file without .so, "
                                            "[a-z0-9_]{1,64}; correct the name");
  }
  const fs::path file = fs::path(plugin_dir) / (plugin + ".so");
  const auto bytes = ReadWhole(file);
  if (!bytes) return Fail(bytes.error());
  const auto copy = CopyOf(*bytes, copy_dir, plugin);
  if (!copy) return Fail(copy.error());

  void* library = dlopen(copy->c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    std::string reason = dlerror();
    if (const size_t at = reason.find(".so: "); at != std::string::npos) reason.erase(0, at + 5);
    return Fail(Code::kInvalidArgument,
                file.string() + ": cannot be loaded (" + reason +
                    "); build it as a shared library for this machine, with everything "
                    "it needs linked in");
  }
  const auto refuse = [&](const std::string& problem) {
    dlclose(library);
    return Fail(Code::kInvalidArgument, file.string() + ": " + problem);
  };
  const auto entry = reinterpret_cast<sb_entry>(dlsym(library, SB_ENTRY_SYMBOL));
  if (entry == nullptr) {
    return refuse("does not export " SB_ENTRY_SYMBOL "; end its source with SIGNALBOX_PLUGIN(YourClass)");
  }
  const sb_plugin* table = entry();
  if (const std::string problem = CheckTable(table); !problem.empty()) return refuse(problem);
  return PluginLibrary(table, file.string());
}

}  // namespace signalbox::signals
