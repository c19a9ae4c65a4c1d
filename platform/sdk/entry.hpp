// The line between C++ and the ABI: one C function per hook, which catches every exception.
// Included by plugin.hpp.
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <string_view>
#include <type_traits>

#include "signalbox/plugin.hpp"

namespace signalbox::internal {

inline int32_t Report(sb_error* error, int32_t code, std::string_view message) noexcept {
  if (error == nullptr) return code;
  const size_t size = std::min(message.size(), sizeof error->message - 1);
  error->code = code;
  std::memcpy(error->message, message.data(), size);
  error->message[size] = '\0';
  return code;
}

// Runs a hook's body; whatever it throws becomes a code and a message.
template <typename Body>
int32_t Guard(sb_error* error, Body body) noexcept {
  try {
    body();
    return SB_OK;
  } catch (const Failure& failure) {
    return Report(error, failure.code(), failure.what());
  } catch (const std::exception& exception) {
    return Report(error, SB_FAILED, exception.what());
  } catch (...) {
    return Report(error, SB_FAILED, "an exception of unknown type: throw signalbox::Failure instead");
  }
}

inline Plugin& Self(void* instance) { return *static_cast<Plugin*>(instance); }

template <typename P>
int32_t Create(const sb_host* host, const sb_config* config, void** instance, sb_error* error) {
  return Guard(error, [&] {
    std::unique_ptr<Plugin> plugin = std::make_unique<P>(Host(host), Config(*config));
    *instance = plugin.release();
  });
}
inline void Destroy(void* instance) { delete static_cast<Plugin*>(instance); }
inline int32_t ItemsChanged(void* instance, const sb_items* upserts, const sb_item* deletes,
                            size_t delete_count, sb_error* error) {
  return Guard(error, [&] { Self(instance).ItemsChanged(Items(*upserts), {deletes, delete_count}); });
}
inline int32_t Update(void* instance, const sb_events* events, sb_error* error) {
  return Guard(error, [&] { Self(instance).Update(Events(*events)); });
}
inline int32_t Begin(void* instance, const sb_request* request, void** scratch, sb_error* error) {
  return Guard(error, [&] { *scratch = Self(instance).Begin(Request(*request)).release(); });
}
inline void End(void*, void* scratch) { delete static_cast<Scratch*>(scratch); }
inline int32_t Candidates(void* instance, const sb_request* request, void* scratch,
                          const sb_candidate_sink* sink, sb_error* error) {
  return Guard(error, [&] {
    CandidateSink out(*sink);
    Self(instance).Candidates(Request(*request, static_cast<Scratch*>(scratch)), out);
    out.Flush();
  });
}
inline int32_t Score(void* instance, const sb_request* request, void* scratch, const sb_item* items,
                     size_t count, float* scores, sb_error* error) {
  return Guard(error, [&] {
    Self(instance).Score(Request(*request, static_cast<Scratch*>(scratch)), {items, count}, {scores, count});
  });
}
inline int32_t Explain(void* instance, const sb_request* request, void* scratch, sb_item item,
                       sb_explanation* explanation, sb_error* error) {
  return Guard(error, [&] {
    Explanation out(explanation);
    Self(instance).Explain(Request(*request, static_cast<Scratch*>(scratch)), item, out);
  });
}
inline int32_t Maintain(void* instance, uint64_t budget_us, int32_t* more, sb_error* error) {
  return Guard(error, [&] { *more = Self(instance).Maintain(static_cast<int64_t>(budget_us)) ? 1 : 0; });
}
inline int32_t Freeze(void* instance, void** frozen, sb_error* error) {
  return Guard(error, [&] { *frozen = Self(instance).Freeze().release(); });
}
inline int32_t WriteSnapshot(void*, void* frozen, const sb_writer* writer, sb_error* error) {
  return Guard(error, [&] {
    Writer out(*writer);
    if (frozen != nullptr) static_cast<const FrozenState*>(frozen)->Write(out);
    out.Flush();
  });
}
inline void Thaw(void*, void* frozen) { delete static_cast<FrozenState*>(frozen); }
inline int32_t Restore(void* instance, uint32_t state_version, const sb_reader* reader, sb_error* error) {
  return Guard(error, [&] {
    Reader in(*reader);
    Self(instance).Restore(state_version, in);
  });
}
inline int32_t ExportState(void* instance, const sb_writer* writer, sb_error* error) {
  return Guard(error, [&] {
    Writer out(*writer);
    ExportLines lines(out);
    Self(instance).Export(lines);
    out.Flush();
  });
}
inline int32_t Forget(void* instance, uint64_t user, sb_error* error) {
  return Guard(error, [&] { Self(instance).Forget(user); });
}
inline int32_t LoadArtifact(void* instance, sb_text path, sb_text manifest, sb_error* error) {
  return Guard(error, [&] { Self(instance).LoadArtifact(ToView(path), ToView(manifest)); });
}

template <typename P>
constexpr const char* Family() {
  if constexpr (requires { P::kFamily; }) return P::kFamily;
  return "collaborative";
}
template <typename P>
constexpr uint32_t StateVersion() {
  if constexpr (requires { P::kStateVersion; }) return P::kStateVersion;
  return 1;
}

// A class that does not override a member has the base's pointer to it, type and all.
#define SIGNALBOX_HOOK(P, Member, function) \
  (std::is_same_v<decltype(&P::Member), decltype(&::signalbox::Plugin::Member)> ? nullptr : (function))

template <typename P>
constexpr sb_plugin MakeTable() {
  static_assert(std::is_base_of_v<Plugin, P>,
                "SIGNALBOX_PLUGIN needs a class derived from signalbox::Plugin");
  constexpr bool kFreezes = !std::is_same_v<decltype(&P::Freeze), decltype(&Plugin::Freeze)>;
  constexpr bool kRestores = !std::is_same_v<decltype(&P::Restore), decltype(&Plugin::Restore)>;
  constexpr bool kExports = !std::is_same_v<decltype(&P::Export), decltype(&Plugin::Export)>;
  static_assert(kFreezes == kRestores && kFreezes == kExports,
                "private state needs Freeze, Restore and Export: override all of them or none");
  sb_plugin table{};
  table.struct_size = sizeof table;
  table.abi_major = SB_ABI_MAJOR;
  table.abi_minor = SB_ABI_MINOR;
  table.state_version = StateVersion<P>();
  table.flags = kFreezes ? SB_PLUGIN_PRIVATE_STATE : 0;
  table.name = P::kName;
  table.version = P::kVersion;
  table.family = Family<P>();
  table.config_schema = P::kConfigSchema;
  table.create = Create<P>;
  table.destroy = Destroy;
  table.items_changed = SIGNALBOX_HOOK(P, ItemsChanged, ItemsChanged);
  table.update = SIGNALBOX_HOOK(P, Update, Update);
  table.begin = SIGNALBOX_HOOK(P, Begin, Begin);
  table.end = SIGNALBOX_HOOK(P, Begin, End);
  table.candidates = SIGNALBOX_HOOK(P, Candidates, Candidates);
  table.score = SIGNALBOX_HOOK(P, Score, Score);
  table.explain = SIGNALBOX_HOOK(P, Explain, Explain);
  table.maintain = SIGNALBOX_HOOK(P, Maintain, Maintain);
  table.freeze = SIGNALBOX_HOOK(P, Freeze, Freeze);
  table.write_snapshot = SIGNALBOX_HOOK(P, Freeze, WriteSnapshot);
  table.thaw = SIGNALBOX_HOOK(P, Freeze, Thaw);
  table.restore = SIGNALBOX_HOOK(P, Freeze, Restore);
  table.export_state = SIGNALBOX_HOOK(P, Freeze, ExportState);
  table.forget = SIGNALBOX_HOOK(P, Forget, Forget);
  table.load_artifact = SIGNALBOX_HOOK(P, LoadArtifact, LoadArtifact);
  return table;
}

#undef SIGNALBOX_HOOK

}  // namespace signalbox::internal

// Exports the plugin: once in the library, at namespace scope.
#define SIGNALBOX_PLUGIN(Class)                                                              \
  extern "C" __attribute__((visibility("default"))) const sb_plugin* signalbox_plugin(void); \
  extern "C" const sb_plugin* signalbox_plugin(void) {                                       \
    static constexpr sb_plugin kTable = ::signalbox::internal::MakeTable<Class>();           \
    return &kTable;                                                                          \
  }
