// Merging a form's values or a file's text into what is in force.
#include "admin/draft_content.hpp"

#include "admin/kept_values.hpp"
#include "ports/control_checks.hpp"

namespace signalbox::admin {

Result<DraftContent> ReadDraft(const Call& call, Fields* body) {
  const auto object = call.scenario();
  DraftContent draft;
  const bool based = body->Has("base");
  draft.base = body->Number("base");
  if (!based) {
    const auto current = call.deps.store->Current(object);
    if (!current) return Fail(current.error());
    if (*current) draft.base = (*current)->number;
  }
  if (draft.base != 0) {
    const auto from = call.deps.store->Get(object, draft.base);
    if (!from) return Fail(from.error());
    if (!*from) return Fail(ports::NoSuchRevision(object, draft.base, "base"));
    draft.content = (*from)->content;
  }
  const bool new_text = body->Has("source");
  draft.content.source = body->Text("source", draft.content.source);
  if (auto values = body->Values("values")) {
    draft.content.values = std::move(*values);
  } else if (new_text) {
    // A text that does not compile is a draft all the same, with every value; validating says why.
    model::RevisionContent fitting = draft.content;
    if (auto dropped = KeepFittingValues(*call.deps.runtime, object, &fitting)) {
      draft.content = std::move(fitting);
      draft.dropped_values = std::move(*dropped);
    }
  }
  if (auto rules = body->Json("rules")) draft.content.rules = std::move(*rules);
  if (draft.content.source.empty()) {
    body->Refuse("source", "is missing", "there is nothing in force to take it from");
  }
  return draft;
}

}  // namespace signalbox::admin
