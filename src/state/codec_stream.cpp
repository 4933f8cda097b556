// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// Writing a nested message puts its bytes first and its length before them afterwards: one move of a few bytes, no
// second buffer and no size pass.
#include "state/codec_stream.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "base/check.h"

namespace slurmxx::codec {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

void Writer::varint(std::uint64_t value) {
  std::uint8_t buffer[10];
  const std::uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, buffer);
  out_.append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(end - buffer));
}

void Writer::varint_field(int number, std::uint64_t value) {
  varint(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_VARINT));
  varint(value);
}

void Writer::bytes_field(int number, std::string_view bytes) {
  varint(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  varint(bytes.size());
  out_.append(bytes);
}

Writer::Nested::Nested(Writer& writer, int number) : writer_(writer) {
  writer.varint(WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  start_ = writer.out_.size();
}

Writer::Nested::~Nested() {
  std::uint8_t buffer[10];
  const std::uint8_t* end = CodedOutputStream::WriteVarint64ToArray(writer_.out_.size() - start_, buffer);
  writer_.out_.insert(start_, reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(end - buffer));
}

struct Reader::Stream {
  CodedInputStream in;
  explicit Stream(std::string_view bytes)
      : in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {
    in.SetTotalBytesLimit(INT32_MAX);
    in.PushLimit(static_cast<int>(bytes.size()));
  }
};

Reader::Reader(std::string_view bytes) : stream_(std::make_unique<Stream>(bytes)) {}
Reader::~Reader() = default;

std::string Reader::problem() const { return problem_ ? problem_ : ""; }

void Reader::fail(const char* problem) {
  if (!problem_) problem_ = problem;
  at_end_ = true;
}

void Reader::next() {
  if (!good()) return;
  at_end_ = false;
  tag_ = stream_->in.ReadTag();
  if (tag_ == 0) {
    at_end_ = true;
    if (!stream_->in.ConsumedEntireMessage()) fail("a broken or zero field tag");
    return;
  }
  field_ = WireFormatLite::GetTagFieldNumber(tag_);
}

std::uint64_t Reader::varint() {
  std::uint64_t value = 0;
  if (WireFormatLite::GetTagWireType(tag_) != WireFormatLite::WIRETYPE_VARINT || !stream_->in.ReadVarint64(&value)) {
    fail("a number is expected here");
    return 0;
  }
  return value;
}

void Reader::bytes(std::string& out) {
  std::uint32_t size = 0;
  if (WireFormatLite::GetTagWireType(tag_) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED ||
      !stream_->in.ReadVarint32(&size) || size > INT32_MAX || !stream_->in.ReadString(&out, static_cast<int>(size)))
    fail("a text is expected here, or it is cut off");
}

void Reader::skip() {
  if (!good()) return;
  if (!WireFormatLite::SkipField(&stream_->in, tag_)) return fail("an unknown field is cut off");
  next();
}

Reader::Nested::Nested(Reader& reader) : reader_(reader) {
  std::uint32_t size = 0;
  if (!reader.good()) return;
  if (WireFormatLite::GetTagWireType(reader.tag_) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED ||
      !reader.stream_->in.ReadVarint32(&size) || size > INT32_MAX ||
      static_cast<int>(size) > reader.stream_->in.BytesUntilLimit()) {
    reader.fail("a nested message is expected here, or it is longer than what holds it");
    return;
  }
  if (reader.depth_ >= nesting_max) {
    reader.fail("messages are nested too deep");
    return;
  }
  ++reader.depth_;
  limit_ = reader.stream_->in.PushLimit(static_cast<int>(size));
  entered_ = true;
}

Reader::Nested::~Nested() {
  if (!entered_) return;
  if (reader_.good() && reader_.stream_->in.BytesUntilLimit() != 0) reader_.fail("a nested message is cut off");
  reader_.stream_->in.PopLimit(limit_);
  --reader_.depth_;
}

}  // namespace slurmxx::codec
