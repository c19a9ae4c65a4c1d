// Freezing, restoring and exporting an instance.
//
// Layout: magic, format, plugin's name, state version, configuration of state keys; per table its
// options and content; a flag, then the private state in chunks of {u32 size, bytes} ended by size 0.
#include <algorithm>
#include <cstring>

#include "signals/instance.hpp"
#include "signals/tables/stream.hpp"

namespace signalbox::signals {

namespace {

constexpr uint32_t kMagic = 0x47534253;  // "SBSG"
constexpr uint32_t kFormat = 1;
constexpr uint32_t kMaxChunk = 1 << 20;

// Hands a plugin's bytes on in framed chunks.
struct PrivateSink {
  SinkWriter* out;

  static int32_t Write(void* context, const void* data, size_t size) {
    auto& self = *static_cast<PrivateSink*>(context);
    for (const auto* at = static_cast<const char*>(data); size > 0;) {
      const auto part = static_cast<uint32_t>(std::min<size_t>(size, kMaxChunk));
      self.out->Fixed(part);
      self.out->Bytes(at, part);
      at += part;
      size -= part;
    }
    return self.out->ok() ? SB_OK : SB_FAILED;
  }
};

// Gives them back; ends where the frames end.
struct PrivateSource {
  SourceReader* in;
  uint32_t left = 0;
  bool ended = false;

  static size_t Read(void* context, void* data, size_t size) {
    auto& self = *static_cast<PrivateSource*>(context);
    size_t done = 0;
    while (done < size && self.Next()) {
      const auto part = static_cast<uint32_t>(std::min<size_t>(size - done, self.left));
      if (!self.in->Bytes(static_cast<char*>(data) + done, part)) break;
      self.left -= part;
      done += part;
    }
    return done;
  }
  bool Next() {
    if (left == 0 && !ended) {
      left = in->Fixed<uint32_t>();
      ended = left == 0 || left > kMaxChunk;
      if (left > kMaxChunk) in->Stop();
    }
    return !ended && in->ok();
  }
  // Skips what the plugin left unread.
  void Drain() {
    std::vector<char> rest(64 << 10);
    while (Next()) Read(this, rest.data(), std::min<size_t>(rest.size(), left));
  }
};

tl::unexpected<Error> Other(const std::string& name, const std::string& what) {
  return Fail(Code::kInvalidArgument,
              name + ": the stored state has another " + what + "; it is built again from the log");
}

}  // namespace

class FrozenInstance final : public Signal::Frozen {
 public:
  explicit FrozenInstance(Instance& owner) : owner_(owner) {
    for (const auto& table : owner.host_.tables()) tables_.emplace_back(&table->options(), table->Freeze());
  }
  ~FrozenInstance() override {
    if (!has_private_) return;
    (void)owner_.Call("thaw", [&](sb_error*) {
      owner_.table_.thaw(owner_.instance_, frozen_);
      return SB_OK;
    });
  }

  Result<void> FreezePrivate() {
    if (owner_.table_.freeze == nullptr) return {};
    auto done = owner_.Call(
        "freeze", [&](sb_error* error) { return owner_.table_.freeze(owner_.instance_, &frozen_, error); });
    has_private_ = done.has_value();
    return done;
  }

  Result<void> Write(ByteSink& sink) override {
    {
      SinkWriter out(sink);
      out.Fixed(kMagic);
      out.Fixed(kFormat);
      out.Text(owner_.table_.name);
      out.Fixed(owner_.table_.state_version);
      out.Text(owner_.settings_.state_json());
      out.Fixed(static_cast<uint32_t>(tables_.size()));
      if (auto done = out.Finish(); !done) return done;
    }
    for (const auto& [options, table] : tables_) {
      SinkWriter out(sink);
      out.Text(options->name);
      out.Fixed(static_cast<int32_t>(options->kind));
      out.Fixed(static_cast<uint8_t>(options->dense));
      out.Fixed(options->capacity);
      out.Fixed(options->half_life_ms);
      if (auto done = out.Finish(); !done) return done;
      if (auto done = table->Write(sink); !done) return done;
    }
    return WritePrivate(sink);
  }

 private:
  Result<void> WritePrivate(ByteSink& sink) {
    SinkWriter out(sink);
    out.Fixed(static_cast<uint8_t>(has_private_));
    if (!has_private_) return out.Finish();
    PrivateSink target{&out};
    sb_writer writer{};
    writer.struct_size = sizeof writer;
    writer.context = &target;
    writer.write = PrivateSink::Write;
    auto written = owner_.Call("write_snapshot", [&](sb_error* error) {
      return owner_.table_.write_snapshot(owner_.instance_, frozen_, &writer, error);
    });
    out.Fixed<uint32_t>(0);
    auto finished = out.Finish();
    // A full medium is the cause, not the plugin that was told about it.
    return finished ? written : finished;
  }

  Instance& owner_;
  std::vector<std::pair<const TableOptions*, std::unique_ptr<FrozenTable>>> tables_;
  void* frozen_ = nullptr;
  bool has_private_ = false;
};

Result<std::unique_ptr<Signal::Frozen>> Instance::Freeze() {
  auto frozen = std::make_unique<FrozenInstance>(*this);
  if (auto done = frozen->FreezePrivate(); !done) return Fail(done.error());
  return frozen;
}

Result<void> Instance::Restore(ByteSource& source) {
  SourceReader in(source);
  const bool known = in.Fixed<uint32_t>() == kMagic && in.Fixed<uint32_t>() == kFormat;
  if (!in.ok() || !known) return Damaged(config_.name);
  if (in.Text(64) != table_.name) return Other(config_.name, "plugin");
  const auto state_version = in.Fixed<uint32_t>();
  if (state_version != table_.state_version) return Other(config_.name, "state version");
  if (in.Text(1 << 20) != settings_.state_json()) return Other(config_.name, "configuration of state keys");
  const EpochDomain::Pin pin(epochs_);
  if (auto done = RestoreTables(in, source); !done) return done;
  return RestorePrivate(in, state_version);
}

Result<void> Instance::RestoreTables(SourceReader& in, ByteSource& source) {
  const auto count = in.Fixed<uint32_t>();
  if (!in.ok()) return Damaged(config_.name);
  if (count != host_.tables().size()) return Other(config_.name, "set of tables");
  for (const auto& table : host_.tables()) {
    TableOptions stored;
    stored.name = in.Text(64);
    stored.kind = static_cast<sb_table_kind>(in.Fixed<int32_t>());
    stored.dense = in.Fixed<uint8_t>() != 0;
    stored.capacity = in.Fixed<uint32_t>();
    stored.half_life_ms = in.Fixed<double>();
    if (!in.ok()) return Damaged(config_.name);
    if (stored != table->options()) return Other(config_.name, "table \"" + table->options().name + "\"");
    if (auto done = table->Restore(source); !done) return done;
  }
  return {};
}

Result<void> Instance::RestorePrivate(SourceReader& in, uint32_t state_version) {
  const bool stored = in.Fixed<uint8_t>() != 0;
  if (!in.ok()) return Damaged(config_.name);
  if (stored != (table_.restore != nullptr)) return Other(config_.name, "kind of private state");
  if (!stored) return {};
  PrivateSource bytes{&in};
  sb_reader reader{};
  reader.struct_size = sizeof reader;
  reader.context = &bytes;
  reader.read = PrivateSource::Read;
  auto done = Call("restore", [&](sb_error* error) {
    const HostServices::Writing writing(host_);
    return table_.restore(instance_, state_version, &reader, error);
  });
  if (done) bytes.Drain();
  if (!in.ok()) return Damaged(config_.name);
  return done;
}

Result<std::vector<std::string>> Instance::Export() const {
  const EpochDomain::Pin pin(epochs_);
  std::vector<std::string> lines;
  for (const auto& table : host_.tables()) table->Export(items_, &lines);
  if (table_.export_state != nullptr) {
    std::string text;
    sb_writer writer{};
    writer.struct_size = sizeof writer;
    writer.context = &text;
    writer.write = [](void* context, const void* data, size_t size) -> int32_t {
      static_cast<std::string*>(context)->append(static_cast<const char*>(data), size);
      return SB_OK;
    };
    auto done =
        Call("export_state", [&](sb_error* error) { return table_.export_state(instance_, &writer, error); });
    if (!done) return Fail(done.error());
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      if (end > begin) lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace signalbox::signals
