// libsodium's SipHash and random bytes, xxHash's XXH3.
#include "base/hash.hpp"

#include <cstring>
#include <stdexcept>
#include <vector>

#include <sodium.h>
#include <xxhash.h>

namespace signalbox {
namespace {

void EnsureSodium() {
  static const int ready = sodium_init();
  if (ready < 0) throw std::runtime_error("libsodium cannot be initialised; check /dev/urandom");
}

}  // namespace

HashKey RandomHashKey() {
  EnsureSodium();
  HashKey key;
  randombytes_buf(key.data(), key.size());
  return key;
}

uint64_t KeyedHash(const HashKey& key, std::string_view scope, std::string_view text) {
  std::array<unsigned char, 600> local;
  std::vector<unsigned char> heap;
  const size_t size = scope.size() + 1 + text.size();
  unsigned char* bytes = local.data();
  if (size > local.size()) {
    heap.resize(size);
    bytes = heap.data();
  }
  if (!scope.empty()) std::memcpy(bytes, scope.data(), scope.size());
  bytes[scope.size()] = 0;
  if (!text.empty()) std::memcpy(bytes + scope.size() + 1, text.data(), text.size());
  std::array<unsigned char, crypto_shorthash_BYTES> out;
  crypto_shorthash(out.data(), bytes, size, key.data());
  uint64_t hash;
  std::memcpy(&hash, out.data(), sizeof hash);
  return hash == 0 ? 1 : hash;
}

uint64_t Checksum64(const void* data, size_t size) { return XXH3_64bits(data, size); }

bool EqualSecrets(std::string_view a, std::string_view b) {
  std::array<unsigned char, crypto_generichash_BYTES> left, right;
  const auto digest = [](std::string_view text, auto& out) {
    crypto_generichash(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()),
                       text.size(), nullptr, 0);
  };
  digest(a, left);
  digest(b, right);
  return sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string RandomId() {
  constexpr size_t kIdBytes = 16;
  // Random bytes are fetched for many ids at once: the system call costs more than the rest.
  thread_local std::array<unsigned char, 64 * kIdBytes> bytes;
  thread_local size_t used = bytes.size();
  if (used == bytes.size()) {
    EnsureSodium();
    randombytes_buf(bytes.data(), bytes.size());
    used = 0;
  }
  std::array<char, 2 * kIdBytes + 1> hex;
  sodium_bin2hex(hex.data(), hex.size(), bytes.data() + used, kIdBytes);
  used += kIdBytes;
  return {hex.data(), 2 * kIdBytes};
}

}  // namespace signalbox
