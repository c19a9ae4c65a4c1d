// Reads the format of Lua 5.4's ldump.c as far as needed.
#include "scripting/kept_locals.hpp"

#include <cstdint>
#include <cstring>
#include <lua.hpp>
#include <vector>

namespace signalbox::scripting {
namespace {

constexpr uint32_t kSetUpvalue = 10;  // OP_SETUPVAL A B: UpValue[B] := R[A]
constexpr int8_t kAbsoluteLine = -128;
constexpr int kMaxDepth = 250;

struct Change {
  size_t upvalue;
  int line;
};

class DumpReader {
 public:
  explicit DumpReader(std::string_view dump) : dump_(dump) {}

  bool Header() {
    constexpr std::string_view kStart("\x1bLua\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08", 15);
    if (dump_.substr(0, kStart.size()) != kStart) return false;
    at_ = kStart.size();
    Skip(sizeof(lua_Integer) + sizeof(lua_Number) + 1);
    return !failed_;
  }

  // The changes of locals that lie outside of the function, the first of each.
  std::vector<Change> Function(int depth) {
    if (depth > kMaxDepth) failed_ = true;
    if (failed_) return {};
    Text();
    const auto first_line = static_cast<int>(Number());
    Number();
    Skip(3);                                         // parameters, varargs, stack
    std::vector<std::pair<size_t, size_t>> changes;  // (instruction, local of outside)
    const size_t instructions = Count(sizeof(uint32_t));
    for (size_t i = 0; i < instructions && !failed_; ++i) {
      uint32_t instruction = 0;
      std::memcpy(&instruction, Skip(sizeof instruction), sizeof instruction);
      if ((instruction & 0x7f) == kSetUpvalue) changes.emplace_back(i, instruction >> 16 & 0xff);
    }
    Constants();
    const size_t upvalues = Count(3);
    std::vector<std::pair<bool, size_t>> outside(upvalues);  // is a local of the function around; which
    for (auto& upvalue : outside) {
      upvalue = {Byte() != 0, Byte()};
      Byte();
    }
    std::vector<Change> found;
    const size_t functions = Count(1);
    for (size_t i = 0; i < functions && !failed_; ++i) {
      for (const Change& change : Function(depth + 1)) {
        // Of a function inside: its locals of outside may be ours.
        found.push_back(change);
      }
    }
    const std::vector<int> lines = Lines(first_line);
    for (const auto& [instruction, upvalue] : changes) {
      found.push_back({upvalue, instruction < lines.size() ? lines[instruction] : first_line});
    }
    Names();
    return Outward(found, outside, depth);
  }

  bool failed() const { return failed_; }

 private:
  // What the function around sees of the changes: those of its own locals end here.
  static std::vector<Change> Outward(const std::vector<Change>& found,
                                     const std::vector<std::pair<bool, size_t>>& outside, int depth) {
    if (depth == 0) return found;
    std::vector<Change> outward;
    for (const Change& change : found) {
      if (change.upvalue >= outside.size() || outside[change.upvalue].first) continue;
      outward.push_back({outside[change.upvalue].second, change.line});
    }
    return outward;
  }

  const char* Skip(size_t size) {
    static constexpr char kNothing[16] = {};
    if (size > dump_.size() - at_) {
      failed_ = true;
      at_ = dump_.size();
      return kNothing;
    }
    at_ += size;
    return dump_.data() + at_ - size;
  }
  uint8_t Byte() { return static_cast<uint8_t>(*Skip(1)); }
  // Groups of seven bits, the highest first; the last one is marked.
  size_t Number() {
    size_t number = 0;
    for (int i = 0; i < 10 && !failed_; ++i) {
      const uint8_t byte = Byte();
      number = number << 7 | (byte & 0x7f);
      if ((byte & 0x80) != 0) return number;
    }
    failed_ = true;
    return 0;
  }
  // How many entries of at least `size` bytes follow.
  size_t Count(size_t size) {
    const size_t count = Number();
    if (count <= (dump_.size() - at_) / size) return count;
    failed_ = true;
    return 0;
  }
  void Text() {
    const size_t size = Number();
    if (size > 0) Skip(size - 1);
  }
  void Constants() {
    const size_t count = Count(1);
    for (size_t i = 0; i < count && !failed_; ++i) {
      switch (Byte() & 0x0f) {
        case LUA_TNUMBER:
          Skip(sizeof(lua_Number));
          break;
        case LUA_TSTRING:
          Text();
          break;
        case LUA_TNIL:
        case LUA_TBOOLEAN:
          break;
        default:
          failed_ = true;
      }
    }
  }
  std::vector<int> Lines(int line) {
    std::vector<int8_t> steps(Count(1));
    for (auto& step : steps) step = static_cast<int8_t>(Byte());
    std::vector<std::pair<size_t, int>> absolute(Count(2));
    for (auto& [instruction, at] : absolute) {
      instruction = Number();
      at = static_cast<int>(Number());
    }
    std::vector<int> lines;
    size_t next = 0;
    for (const int8_t step : steps) {
      if (step != kAbsoluteLine) {
        line += step;
      } else if (next < absolute.size()) {
        line = absolute[next++].second;
      }
      lines.push_back(line);
    }
    return lines;
  }
  void Names() {
    const size_t locals = Count(3);
    for (size_t i = 0; i < locals && !failed_; ++i) {
      Text();
      Number();
      Number();
    }
    const size_t upvalues = Count(1);
    for (size_t i = 0; i < upvalues && !failed_; ++i) Text();
  }

  std::string_view dump_;
  size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

KeptLocal FindKeptLocal(std::string_view dump) {
  DumpReader reader(dump);
  KeptLocal kept;
  if (!reader.Header()) return kept;
  const std::vector<Change> changes = reader.Function(0);
  kept.understood = !reader.failed();
  if (!changes.empty()) {
    kept.line = changes.front().line;
    kept.upvalue = static_cast<int>(changes.front().upvalue);
  }
  return kept;
}

}  // namespace signalbox::scripting
