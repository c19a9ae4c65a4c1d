// Passing on to the store, under a name of its own.
#include "ports/user_attributes.hpp"

#include "ports/catalogue_document.hpp"
#include "ports/catalogue_rules.hpp"

namespace signalbox::ports {
namespace {

constexpr std::string_view kType = "user";  // not a plugin: what the row is

// Names of tenants have no slash.
std::string Beside(std::string_view tenant) { return std::string(tenant) + "/users"; }

model::ItemKey KeyOf(std::string_view user) { return {std::string(kType), std::string(user)}; }

Result<void> CheckSize(const model::Item& user) {
  if (user.attributes.size() > UserAttributes::kMaxUserAttributes) {
    return Fail(Error(Code::kTooLarge, "a user has at most " +
                                           std::to_string(UserAttributes::kMaxUserAttributes) + " attributes")
                    .WithHint("leave out what no script reads"));
  }
  const auto encoded = EncodeAttributes(user);
  if (!encoded) return Fail(encoded.error());
  if (encoded->size() <= UserAttributes::kMaxUserBytes) return {};
  return Fail(Error(Code::kTooLarge, "a user's attributes are longer than 16 KB")
                  .WithHint("leave out what no script reads"));
}

// "items[0].tier" of the store's is the user's "tier".
Error OfUser(const Error& error) {
  constexpr std::string_view kPrefix = "items[0].";
  const std::string& field = error.field();
  if (field.compare(0, kPrefix.size(), kPrefix) != 0) return error;
  std::string message = error.message();
  if (message.compare(0, kPrefix.size(), kPrefix) == 0) message.erase(0, kPrefix.size());
  return Error(error.code(), std::move(message))
      .WithField(field.substr(kPrefix.size()))
      .WithHint(error.hint());
}

}  // namespace

model::Item UserAttributes::Of(std::string_view user) {
  model::Item item;
  item.type = kType;
  item.id = user;
  return item;
}

Result<uint64_t> UserAttributes::Put(std::string_view tenant, const model::Item& user) {
  if (auto small = CheckSize(user); !small) return Fail(small.error());
  auto put = store_.Put(Beside(tenant), {user});
  if (!put) return Fail(OfUser(put.error()));
  return put;
}

Result<uint64_t> UserAttributes::Patch(std::string_view tenant, const model::Item& changes,
                                       const std::vector<std::string>& erase) {
  return store_.Modify(Beside(tenant), KeyOf(changes.id),
                       [&](std::optional<model::Item> known) -> Result<model::Item> {
                         model::Item whole = known ? std::move(*known) : Of(changes.id);
                         ApplyPatch(changes, {erase, {}}, &whole);
                         if (auto small = CheckSize(whole); !small) return Fail(small.error());
                         return whole;
                       });
}

Result<std::optional<model::Item>> UserAttributes::Get(std::string_view tenant, std::string_view user) const {
  return store_.Get(Beside(tenant), KeyOf(user));
}

Result<std::optional<uint64_t>> UserAttributes::Erase(std::string_view tenant, std::string_view user) {
  const auto known = store_.Get(Beside(tenant), KeyOf(user));
  if (!known) return Fail(known.error());
  if (!*known) return std::nullopt;
  const auto erased = store_.Delete(Beside(tenant), KeyOf(user));
  if (!erased && erased.error().code() == Code::kNotFound) return std::nullopt;
  if (!erased) return Fail(erased.error());
  return *erased;
}

Result<std::optional<uint64_t>> UserAttributes::Merge(std::string_view tenant, std::string_view from,
                                                      std::string_view to) {
  const auto given = Get(tenant, from);
  if (!given) return Fail(given.error());
  if (!*given) return std::nullopt;
  const auto gained =
      store_.Modify(Beside(tenant), KeyOf(to), [&](std::optional<model::Item> own) -> Result<model::Item> {
        model::Item whole = own ? std::move(*own) : Of(to);
        // What has no room is left out: visitors must be able to merge whatever is known of them.
        for (const auto& [name, value] : (*given)->attributes) {
          if (whole.attributes.try_emplace(name, value).second && !CheckSize(whole))
            whole.attributes.erase(name);
        }
        return whole;
      });
  if (!gained) return Fail(gained.error());
  return Erase(tenant, from);
}

Result<std::vector<model::ItemChange>> UserAttributes::Changes(std::string_view tenant, uint64_t after,
                                                               size_t limit) const {
  return store_.Changes(Beside(tenant), after, limit);
}

}  // namespace signalbox::ports
