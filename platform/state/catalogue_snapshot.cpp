// The catalogue's part of a checkpoint: a view's columns, with texts that nothing uses left out.
#include <vector>

#include "state/catalogue_mirror.hpp"
#include "state/section_stream.hpp"

namespace signalbox::state {
namespace {

using model::AttributeKind;
using ViewImpl = CatalogueView::Impl;

// The texts that the column's items use, numbered anew in the order of their codes.
std::vector<int32_t> WriteTexts(const AttributeColumn& column, uint32_t size, SectionWriter* writer) {
  std::vector<int32_t> renumbered(column.table->size(), -1);
  for (Handle item = 0; item < size; ++item) {
    const int32_t code = column.codes.Get(item);
    if (code >= 0) renumbered[static_cast<size_t>(code)] = 0;
    for (const int32_t listed : column.List(item)) renumbered[static_cast<size_t>(listed)] = 0;
  }
  int32_t count = 0;
  for (auto& code : renumbered) {
    if (code == 0) code = count++;
  }
  writer->Varint(static_cast<uint64_t>(count));
  for (size_t code = 0; code < renumbered.size(); ++code) {
    if (renumbered[code] >= 0) writer->Text(column.table->Text(static_cast<int32_t>(code)));
  }
  return renumbered;
}

// Counts of items are one higher than they are, so that 0 is absent.
void WriteColumn(const AttributeColumn& column, uint32_t size, SectionWriter* writer) {
  std::vector<int32_t> renumbered;
  if (column.table != nullptr) renumbered = WriteTexts(column, size, writer);
  for (Handle item = 0; item < size; ++item) {
    switch (column.kind) {
      case AttributeKind::kNumber:
      case AttributeKind::kTime:
        writer->Fixed(column.numbers.Get(item));
        break;
      case AttributeKind::kBool:
        writer->Fixed(static_cast<int8_t>(column.codes.Get(item)));
        break;
      case AttributeKind::kText:
        if (column.interned) {
          const int32_t code = column.codes.Get(item);
          writer->Varint(code < 0 ? 0 : static_cast<uint64_t>(renumbered[static_cast<size_t>(code)]) + 1);
        } else {
          const char* place = column.places.Get(item);
          writer->Fixed<uint8_t>(place != nullptr);
          if (place != nullptr) writer->Text(LongTexts::Text(place));
        }
        break;
      case AttributeKind::kList: {
        const auto codes = column.List(item);
        writer->Varint(column.places.Get(item) == nullptr ? 0 : codes.size() + 1);
        for (const int32_t code : codes)
          writer->Varint(static_cast<uint64_t>(renumbered[static_cast<size_t>(code)]));
        break;
      }
    }
  }
}

// A stored code + 1; false = beyond the column's texts.
bool CodeInRange(uint64_t code, const std::vector<int32_t>& codes) { return code < codes.size(); }

bool ReadList(AttributeColumn& column, Handle item, const std::vector<int32_t>& texts, Arena& arena,
              SectionReader* reader) {
  const uint64_t stored = reader->Varint();
  if (stored == 0) return true;
  std::vector<int32_t> codes;
  for (uint64_t i = 1; i < stored && reader->ok(); ++i) {
    const uint64_t code = reader->Varint();
    if (!CodeInRange(code, texts)) return false;
    codes.push_back(texts[code]);
  }
  column.places.Set(item, PutList(arena, codes));
  return true;
}

bool ReadText(AttributeColumn& column, Handle item, const std::vector<int32_t>& texts, LongTexts& long_texts,
              SectionReader* reader) {
  if (!column.interned) {
    if (reader->Fixed<uint8_t>() != 0) column.places.Set(item, long_texts.Append(reader->Text()));
    return true;
  }
  const uint64_t stored = reader->Varint();
  if (stored == 0) return true;
  if (!CodeInRange(stored - 1, texts)) return false;
  column.codes.Set(item, texts[stored - 1]);
  return true;
}

bool ReadColumn(ViewImpl& next, AttributeColumn& column, SectionReader* reader) {
  std::vector<int32_t> texts;
  if (column.table != nullptr) {
    const uint64_t count = reader->Varint();
    for (uint64_t i = 0; i < count && reader->ok(); ++i)
      texts.push_back(column.table->Intern(reader->Text()));
  }
  for (Handle item = 0; item < next.size && reader->ok(); ++item) {
    switch (column.kind) {
      case AttributeKind::kNumber:
      case AttributeKind::kTime: {
        const auto number = reader->Fixed<double>();
        if (number == number) column.numbers.Set(item, number);
        break;
      }
      case AttributeKind::kBool: {
        const auto flag = reader->Fixed<int8_t>();
        if (flag >= 0) column.codes.Set(item, flag);
        break;
      }
      case AttributeKind::kText:
        if (!ReadText(column, item, texts, next.texts->long_texts, reader)) return false;
        break;
      case AttributeKind::kList:
        if (!ReadList(column, item, texts, next.texts->arena, reader)) return false;
        break;
    }
  }
  return reader->ok();
}

bool ReadColumns(ViewImpl& next, SectionReader* reader) {
  for (Handle item = 0; item < next.size && reader->ok(); ++item) {
    const auto flags = reader->Fixed<uint8_t>();
    if (flags != 0) next.flags.Set(item, flags);
  }
  const uint64_t columns = reader->Varint();
  for (uint64_t i = 0; i < columns && reader->ok(); ++i) {
    const std::string name(reader->Text());
    const auto kind = reader->Fixed<uint8_t>();
    if (!reader->ok() || kind < 1 || kind > 5) return false;
    AttributeColumn& column = next.ColumnFor(name, static_cast<AttributeKind>(kind));
    if (column.kind != static_cast<AttributeKind>(kind) || !ReadColumn(next, column, reader)) return false;
  }
  return reader->ok();
}

}  // namespace

Result<void> CatalogueMirror::Write(const CatalogueView& view, ByteSink& sink) const {
  const ViewImpl& impl = view.impl();
  SectionWriter writer(sink);
  writer.Fixed(impl.epoch);
  writer.Fixed(impl.size);
  for (Handle item = 0; item < impl.size; ++item) writer.Fixed(impl.flags.Get(item));
  writer.Varint(impl.columns.size());
  for (const auto& column : impl.columns) {
    writer.Text(column.name);
    writer.Fixed(static_cast<uint8_t>(column.kind));
    WriteColumn(column, impl.size, &writer);
  }
  return writer.Finish();
}

Result<void> CatalogueMirror::Restore(ByteSource& source) {
  auto next = impl_->Next();
  SectionReader reader(source);
  next->epoch = reader.Fixed<uint64_t>();
  next->size = reader.Fixed<uint32_t>();
  if (next->size > impl_->dictionary.size() || !ReadColumns(*next, &reader)) {
    return Fail(Error(Code::kDataLoss, "the checkpoint's catalogue cannot be read")
                    .WithHint("Remove this checkpoint; the catalogue's database brings it back."));
  }
  auto finished = reader.Finish("catalogue");
  if (finished) impl_->Publish(std::move(next));
  return finished;
}

}  // namespace signalbox::state
