// By number or by content.
#include "admin/preview_target.hpp"

#include "ports/control_checks.hpp"

namespace signalbox::admin {

Result<Target> ReadTarget(const Call& call, Fields* body) {
  const std::string name = body->Text("scenario");
  if (name.empty()) body->Refuse("scenario", "is missing", "name one, as in \"home\"");
  ports::HttpRequest named = call.request;
  named.params = {{"name", name}};
  const Call inner{call.deps, named, call.tenant, call.author};
  const auto object = inner.scenario();
  Target target;
  auto current = call.deps.store->Current(object);
  if (!current) return Fail(current.error());
  target.published = std::move(*current);
  if (body->Has("number")) {
    target.number = body->Number("number");
    auto revision = call.deps.store->Get(object, target.number);
    if (!revision) return Fail(revision.error());
    if (!*revision) return Fail(ports::NoSuchRevision(object, target.number));
    target.draft = std::move(**revision);
    return target;
  }
  auto draft = ReadDraft(inner, body);
  if (!draft) return Fail(draft.error());
  target.draft.object = object;
  target.draft.base = draft->base;
  target.draft.content = std::move(draft->content);
  return target;
}

}  // namespace signalbox::admin
