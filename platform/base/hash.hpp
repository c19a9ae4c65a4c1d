// Hashes: a keyed one for ids that come from outside, a fast one for checksums.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace signalbox {

// SipHash-2-4 key; one for the cluster, kept in the checkpoint.
using HashKey = std::array<uint8_t, 16>;

// A fresh random key.
HashKey RandomHashKey();

// SipHash-2-4 (Aumasson, Bernstein 2012) of `scope`, a zero byte and `text`; never 0, which
// means "none" everywhere.
uint64_t KeyedHash(const HashKey& key, std::string_view scope, std::string_view text);

// XXH3-64; not for input that an attacker chooses a place in a table with.
uint64_t Checksum64(const void* data, size_t size);

// Compares in a time that tells nothing of where they differ, nor of how long the other is.
bool EqualSecrets(std::string_view a, std::string_view b);

// A random 128-bit id as 32 hexadecimal digits.
std::string RandomId();

}  // namespace signalbox
