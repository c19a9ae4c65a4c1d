// Users as items of a mirror of their own.
#include "state/user_traits.hpp"

#include <cstring>
#include <string>

namespace signalbox::state {
namespace {

std::string BytesOf(UserKey user) {
  std::string bytes(sizeof user, '\0');
  std::memcpy(bytes.data(), &user, sizeof user);
  return bytes;
}

}  // namespace

void UserTraits::Apply(std::vector<model::ItemChange> changes, std::span<const UserKey> keys) {
  for (size_t i = 0; i < changes.size(); ++i) {
    changes[i].item.id = BytesOf(keys[i]);
    changes[i].added_ms = 0;  // a user has no age
  }
  users_.Apply(changes);
  any_.store(true, std::memory_order_release);
}

std::optional<model::Item> UserTraits::Of(UserKey user) const {
  if (!any_.load(std::memory_order_acquire)) return std::nullopt;
  const auto view = users_.view();
  const Handle row = keys_.Find("user", BytesOf(user));
  if (row == kNoHandle || row >= view->size()) return std::nullopt;
  return view->Document(row, keys_);
}

}  // namespace signalbox::state
