// SPDX-FileCopyrightText: The slurmxx authors
// SPDX-License-Identifier: Apache-2.0
//
// The streams under codec.h: tags, varints and length-delimited fields over protobuf-lite. Never throws; a reader that
// met bad bytes stays bad and says why.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace slurmxx::codec {

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) { return static_cast<std::int64_t>((v >> 1) ^ (~(v & 1) + 1)); }

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void varint_field(int number, std::uint64_t value);
  void bytes_field(int number, std::string_view bytes);

  // A nested message: everything written while it lives becomes the field's content.
  class Nested {
   public:
    Nested(Writer& writer, int number);
    ~Nested();
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Writer& writer_;
    std::size_t start_;
  };

 private:
  void varint(std::uint64_t value);
  std::string& out_;
};

class Reader {
 public:
  static constexpr int nesting_max = 32;

  explicit Reader(std::string_view bytes);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void next();  // go to the next field of the message, or to its end
  int field() const { return at_end_ ? 0 : field_; }
  bool at_end() const { return at_end_; }
  bool good() const { return problem_ == nullptr; }
  std::string problem() const;

  std::uint64_t varint();          // of the current field
  void bytes(std::string& out);    // of the current field
  void skip();                     // the current field, and go to the next
  void fail(const char* problem);  // the first one stays

  // Enters the nested message that the current field holds; leaves it at the end of its life.
  class Nested {
   public:
    explicit Nested(Reader& reader);
    ~Nested();
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Reader& reader_;
    int limit_ = 0;
    bool entered_ = false;
  };

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  const char* problem_ = nullptr;
  std::uint32_t tag_ = 0;
  int field_ = 0;
  int depth_ = 0;
  bool at_end_ = false;
};

}  // namespace slurmxx::codec
