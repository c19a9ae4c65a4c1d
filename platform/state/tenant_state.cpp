// A tenant's parts together, and what signals ask about its items.
#include "state/tenant_state.hpp"

#include <algorithm>
#include <limits>

namespace signalbox::state {
namespace {

// A user and a session of the same id are two visitors.
constexpr std::string_view kUserScope = "user", kSessionScope = "session";  // not a plugin: the scope

}  // namespace

EventTypes::EventTypes(std::vector<EventType> types) : types_(std::move(types)) {}

int EventTypes::Find(std::string_view name) const {
  // A handful of types: a scan beats a hash.
  const auto found =
      std::find_if(types_.begin(), types_.end(), [name](const EventType& type) { return type.name == name; });
  return found == types_.end() ? -1 : static_cast<int>(found - types_.begin());
}

TenantState::TenantState(TenantOptions options, const EventTypes& types, EpochDomain& epochs)
    : options_(std::move(options)),
      types_(types),
      epochs_(epochs),
      catalogue_(items_, options_.long_text_dir, options_.clock),
      users_(epochs, options_.users),
      traits_(options_.clock) {}

void TenantState::ApplyTraits(std::vector<model::ItemChange> changes) {
  std::vector<UserKey> keys;
  for (const auto& change : changes) keys.push_back(KeyOfUser(change.item.id));
  traits_.Apply(std::move(changes), keys);
}

UserKey TenantState::KeyOfUser(std::string_view user) const {
  return user.empty() ? 0 : KeyedHash(options_.hash_key, kUserScope, user);
}

UserKey TenantState::KeyOfSession(std::string_view session) const {
  return session.empty() ? 0 : KeyedHash(options_.hash_key, kSessionScope, session);
}

ItemName TenantState::Name(Handle item) const { return items_.Name(item); }

Handle TenantState::Find(std::string_view type, std::string_view id) const { return items_.Find(type, id); }

uint32_t TenantState::size() const { return items_.size(); }

void TenantState::ReadNumbers(std::string_view attribute, std::span<const Handle> items,
                              double* values) const {
  const auto view = catalogue_.view();
  const AttributeRef ref = view->Find(attribute);
  const uint32_t known = items_.size();
  const bool seen_instead = attribute == "created_at";
  for (size_t i = 0; i < items.size(); ++i) {
    values[i] = view->Number(ref, items[i]);
    // A NaN differs from itself.
    if (seen_instead && values[i] != values[i] && items[i] < known) {
      values[i] = static_cast<double>(items_.first_seen_ms(items[i]));
    }
  }
}

void TenantState::ReadTexts(std::string_view attribute, std::span<const Handle> items,
                            std::string_view* values) const {
  // Texts outlive their view: the mirror keeps them all.
  const auto view = catalogue_.view();
  const AttributeRef ref = view->Find(attribute);
  for (size_t i = 0; i < items.size(); ++i) values[i] = view->Text(ref, items[i]);
}

}  // namespace signalbox::state
